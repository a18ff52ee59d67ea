import AdapterKit

extension Voqo {
    /// One payload for each native event, as the provider sends it.
    static let samples: [Sample] = [
        Sample(
            "call_ended.failed",
            #"""
            {
              "_id": "evt_sample_2",
              "event_type": "call_ended",
              "timestamp": 1760000100,
              "data": {
                "id": "call_sample_2",
                "agent_id": "agent_sample",
                "status": "failed",
                "from_phone": "+61255500001",
                "to_phone": "+61491570006",
                "direction": "outbound",
                "call_summary": null,
                "transcript": null,
                "duration": 0,
                "error": "No route",
                "created_at": "2025-10-09T08:55:00.000Z",
                "start_time": null,
                "end_time": "2025-10-09T08:55:00.000Z",
                "recording_url": null,
                "recording_url_expires_at": null,
                "post_call_action_results": [],
                "timestamps": []
              }
            }
            """#),
        Sample(
            "call_ended",
            #"""
            {
              "_id": "evt_sample_1",
              "event_type": "call_ended",
              "timestamp": 1760000060,
              "data": {
                "id": "call_sample_1",
                "agent_id": "agent_sample",
                "status": "completed",
                "from_phone": "+61491570006",
                "to_phone": "+61255500001",
                "direction": "inbound",
                "call_summary": "Caller booked an inspection.",
                "transcript": "Bot: Hello.\nHuman: I would like an inspection.",
                "duration": 20,
                "error": null,
                "created_at": "2025-10-09T08:53:58.000Z",
                "start_time": "2025-10-09T08:54:00.000Z",
                "end_time": "2025-10-09T08:54:20.000Z",
                "recording_url": "https://storage.example.com/recordings/call_sample_1.mp3",
                "recording_url_expires_at": "2025-10-10T08:54:20.000Z",
                "post_call_action_results": [],
                "timestamps": [
                  {
                    "timestamp": 1760000041.5,
                    "event_type": "message",
                    "message_type": "bot",
                    "text": "Hello."
                  },
                  {
                    "timestamp": 1760000044.25,
                    "event_type": "message",
                    "message_type": "human",
                    "text": "I would like an inspection."
                  }
                ]
              }
            }
            """#),
    ]
}
