import AdapterKit

extension Vogent {
    /// One payload for each event, in every form that the provider sends it.
    static let samples: [Sample] = [
        Sample(
            "brief.dial.ended",
            #"""
            {
              "type": "dial.ended",
              "data": {
                "dialId": "dial_sample"
              }
            }
            """#),
        Sample(
            "brief.dial.failed",
            #"""
            {
              "type": "dial.failed",
              "data": {
                "dialId": "dial_sample"
              }
            }
            """#),
        Sample(
            "brief.dial.started",
            #"""
            {
              "type": "dial.started",
              "data": {
                "dialId": "dial_sample"
              }
            }
            """#),
        Sample(
            "brief.dial.updated",
            #"""
            {
              "type": "dial.updated",
              "data": {
                "dialId": "dial_sample",
                "status": "ringing"
              }
            }
            """#),
        Sample(
            "dial.created",
            #"""
            {
              "event": "dial.created",
              "payload": {
                "dial_session_id": "66666666-7777-4888-8999-000000000000",
                "dial_id": "11111111-2222-4333-8444-555555555555"
              }
            }
            """#),
        Sample(
            "dial.extractor",
            #"""
            {
              "event": "dial.extractor",
              "payload": {
                "dial_id": "11111111-2222-4333-8444-555555555555",
                "ai_result": {
                  "summary": "The caller asked for opening hours."
                }
              }
            }
            """#),
        Sample(
            "dial.inbound",
            #"""
            {
              "event": "dial.inbound",
              "payload": {
                "dial_session_id": "66666666-7777-4888-8999-000000000000",
                "dial_id": "11111111-2222-4333-8444-555555555555",
                "dest_number_id": "number-sample",
                "call_agent_id": "agent-sample",
                "source_number": "+14155550130"
              }
            }
            """#),
        Sample(
            "dial.recording_created",
            #"""
            {
              "event": "dial.recording_created",
              "payload": {
                "dial_id": "11111111-2222-4333-8444-555555555555",
                "recording_url": "https://api.example.com/api/recordings/sample"
              }
            }
            """#),
        Sample(
            "dial.transcript",
            #"""
            {
              "event": "dial.transcript",
              "payload": {
                "dial_id": "11111111-2222-4333-8444-555555555555",
                "transcript": [
                  {
                    "text": "Hello?",
                    "speaker": "HUMAN"
                  },
                  {
                    "text": "Hi, how can I help?",
                    "speaker": "AI"
                  }
                ]
              }
            }
            """#),
        Sample(
            "dial.updated.busy",
            #"""
            {
              "event": "dial.updated",
              "payload": {
                "dial_session_id": "66666666-7777-4888-8999-000000000000",
                "dial_id": "11111111-2222-4333-8444-555555555555",
                "status": "busy"
              }
            }
            """#),
        Sample(
            "dial.updated.canceled",
            #"""
            {
              "event": "dial.updated",
              "payload": {
                "dial_session_id": "66666666-7777-4888-8999-000000000000",
                "dial_id": "11111111-2222-4333-8444-555555555555",
                "status": "canceled"
              }
            }
            """#),
        Sample(
            "dial.updated.completed",
            #"""
            {
              "event": "dial.updated",
              "payload": {
                "dial_session_id": "66666666-7777-4888-8999-000000000000",
                "dial_id": "11111111-2222-4333-8444-555555555555",
                "status": "completed"
              }
            }
            """#),
        Sample(
            "dial.updated.failed",
            #"""
            {
              "event": "dial.updated",
              "payload": {
                "dial_session_id": "66666666-7777-4888-8999-000000000000",
                "dial_id": "11111111-2222-4333-8444-555555555555",
                "status": "failed"
              }
            }
            """#),
        Sample(
            "dial.updated.in-progress",
            #"""
            {
              "event": "dial.updated",
              "payload": {
                "dial_session_id": "66666666-7777-4888-8999-000000000000",
                "dial_id": "11111111-2222-4333-8444-555555555555",
                "status": "in-progress"
              }
            }
            """#),
        Sample(
            "dial.updated.no-answer",
            #"""
            {
              "event": "dial.updated",
              "payload": {
                "dial_session_id": "66666666-7777-4888-8999-000000000000",
                "dial_id": "11111111-2222-4333-8444-555555555555",
                "status": "no-answer"
              }
            }
            """#),
        Sample(
            "dial.updated.queued",
            #"""
            {
              "event": "dial.updated",
              "payload": {
                "dial_session_id": "66666666-7777-4888-8999-000000000000",
                "dial_id": "11111111-2222-4333-8444-555555555555",
                "status": "queued"
              }
            }
            """#),
        Sample(
            "dial.updated.ringing",
            #"""
            {
              "event": "dial.updated",
              "payload": {
                "dial_session_id": "66666666-7777-4888-8999-000000000000",
                "dial_id": "11111111-2222-4333-8444-555555555555",
                "status": "ringing"
              }
            }
            """#),
        Sample(
            "function-call",
            #"""
            {
              "dial_id": "11111111-2222-4333-8444-555555555555",
              "params": {
                "name": "Ada"
              },
              "dial": {
                "id": "11111111-2222-4333-8444-555555555555",
                "status": "in-progress",
                "toNumber": "+14155550131",
                "agent": {
                  "id": "agent-sample",
                  "name": "Sample",
                  "language": "en"
                }
              }
            }
            """#),
    ]
}
