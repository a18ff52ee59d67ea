import AdapterKit

extension Vapi {
    /// One payload for each event, in every form that the provider sends it.
    static let samples: [Sample] = [
        Sample(
            "assistant-request",
            #"""
            {
              "message": {
                "type": "assistant-request",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                }
              }
            }
            """#),
        Sample(
            "assistant.speechStarted",
            #"""
            {
              "message": {
                "type": "assistant.speechStarted",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "text": "Hello",
                "turn": 0
              }
            }
            """#),
        Sample(
            "assistant.started",
            #"""
            {
              "message": {
                "type": "assistant.started",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "newAssistant": {
                  "name": "Sample"
                }
              }
            }
            """#),
        Sample(
            "brief.call-connected",
            #"""
            {
              "message": {
                "type": "call-connected",
                "assistantOverrides": {
                  "variableValues": {
                    "call_id": "42"
                  }
                }
              }
            }
            """#),
        Sample(
            "brief.call-ended",
            #"""
            {
              "message": {
                "type": "call-ended",
                "assistantOverrides": {
                  "variableValues": {
                    "call_id": "42"
                  }
                },
                "endedReason": "completed"
              }
            }
            """#),
        Sample(
            "brief.call-in-progress",
            #"""
            {
              "message": {
                "type": "call-in-progress",
                "assistantOverrides": {
                  "variableValues": {
                    "call_id": "42"
                  }
                }
              }
            }
            """#),
        Sample(
            "brief.call-started",
            #"""
            {
              "message": {
                "type": "call-started",
                "assistantOverrides": {
                  "variableValues": {
                    "call_id": "42"
                  }
                }
              }
            }
            """#),
        Sample(
            "brief.end-of-call-report",
            #"""
            {
              "message": {
                "type": "end-of-call-report",
                "endedReason": "completed",
                "startedAt": "2025-10-09T09:00:00Z",
                "endedAt": "2025-10-09T09:01:00Z",
                "cost": 0.1,
                "assistantOverrides": {
                  "variableValues": {
                    "call_id": "42"
                  }
                },
                "messages": [
                  {
                    "role": "assistant",
                    "message": "Hello.",
                    "time": 0,
                    "endTime": 1,
                    "duration": 1
                  },
                  {
                    "role": "user",
                    "message": "Hi.",
                    "time": 2,
                    "endTime": 3,
                    "duration": 1
                  }
                ],
                "analysis": {
                  "summary": "Short call.",
                  "structuredData": {
                    "nps_score": 8,
                    "overall_feedback": "fine"
                  }
                },
                "artifact": {
                  "recordingPath": "https://storage.example.com/42.mp3"
                }
              }
            }
            """#),
        Sample(
            "call.delete.failed",
            #"""
            {
              "message": {
                "type": "call.delete.failed",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                }
              }
            }
            """#),
        Sample(
            "call.deleted",
            #"""
            {
              "message": {
                "type": "call.deleted",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                }
              }
            }
            """#),
        Sample(
            "call.endpointing.request",
            #"""
            {
              "message": {
                "type": "call.endpointing.request",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "messages": [
                  {
                    "role": "system",
                    "message": "You are helpful.",
                    "time": 1760000400000,
                    "secondsFromStart": 0
                  },
                  {
                    "role": "bot",
                    "message": "Hello, how can I help?",
                    "time": 1760000401000,
                    "endTime": 1760000403000,
                    "secondsFromStart": 1.0,
                    "duration": 2000
                  },
                  {
                    "role": "user",
                    "message": "I need an appointment.",
                    "time": 1760000404000,
                    "endTime": 1760000406000,
                    "secondsFromStart": 4.0,
                    "duration": 2000
                  }
                ],
                "messagesOpenAIFormatted": [
                  {
                    "role": "system",
                    "content": "You are helpful."
                  },
                  {
                    "role": "assistant",
                    "content": "Hello, how can I help?"
                  },
                  {
                    "role": "user",
                    "content": "I need an appointment."
                  }
                ]
              }
            }
            """#),
        Sample(
            "chat.created",
            #"""
            {
              "message": {
                "type": "chat.created",
                "timestamp": 1760000400000,
                "chat": {
                  "id": "chat-sample",
                  "orgId": "org-sample",
                  "assistantId": "assistant-sample",
                  "input": "Hi",
                  "output": [
                    {
                      "role": "assistant",
                      "content": "Hello"
                    }
                  ],
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:01.000Z"
                }
              }
            }
            """#),
        Sample(
            "chat.deleted",
            #"""
            {
              "message": {
                "type": "chat.deleted",
                "timestamp": 1760000400000,
                "chat": {
                  "id": "chat-sample",
                  "orgId": "org-sample",
                  "assistantId": "assistant-sample",
                  "input": "Hi",
                  "output": [
                    {
                      "role": "assistant",
                      "content": "Hello"
                    }
                  ],
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:01.000Z"
                }
              }
            }
            """#),
        Sample(
            "conversation-update",
            #"""
            {
              "message": {
                "type": "conversation-update",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "messages": [
                  {
                    "role": "system",
                    "message": "You are helpful.",
                    "time": 1760000400000,
                    "secondsFromStart": 0
                  },
                  {
                    "role": "bot",
                    "message": "Hello, how can I help?",
                    "time": 1760000401000,
                    "endTime": 1760000403000,
                    "secondsFromStart": 1.0,
                    "duration": 2000
                  },
                  {
                    "role": "user",
                    "message": "I need an appointment.",
                    "time": 1760000404000,
                    "endTime": 1760000406000,
                    "secondsFromStart": 4.0,
                    "duration": 2000
                  }
                ],
                "messagesOpenAIFormatted": [
                  {
                    "role": "system",
                    "content": "You are helpful."
                  },
                  {
                    "role": "assistant",
                    "content": "Hello, how can I help?"
                  },
                  {
                    "role": "user",
                    "content": "I need an appointment."
                  }
                ]
              }
            }
            """#),
        Sample(
            "end-of-call-report",
            #"""
            {
              "message": {
                "type": "end-of-call-report",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "endedReason": "customer-ended-call",
                "startedAt": "2025-10-09T09:00:00.000Z",
                "endedAt": "2025-10-09T09:01:30.000Z",
                "cost": 0.12,
                "costs": [
                  {
                    "type": "transport",
                    "minutes": 1.5,
                    "cost": 0.02
                  }
                ],
                "durationMs": 90000,
                "durationSeconds": 90.0,
                "durationMinutes": 1.5,
                "artifact": {
                  "messages": [
                    {
                      "role": "system",
                      "message": "You are helpful.",
                      "time": 1760000400000,
                      "secondsFromStart": 0
                    },
                    {
                      "role": "bot",
                      "message": "Hello, how can I help?",
                      "time": 1760000401000,
                      "endTime": 1760000403000,
                      "secondsFromStart": 1.0,
                      "duration": 2000
                    },
                    {
                      "role": "user",
                      "message": "I need an appointment.",
                      "time": 1760000404000,
                      "endTime": 1760000406000,
                      "secondsFromStart": 4.0,
                      "duration": 2000
                    }
                  ],
                  "messagesOpenAIFormatted": [
                    {
                      "role": "system",
                      "content": "You are helpful."
                    },
                    {
                      "role": "assistant",
                      "content": "Hello, how can I help?"
                    },
                    {
                      "role": "user",
                      "content": "I need an appointment."
                    }
                  ],
                  "transcript": "AI: Hello, how can I help?\nUser: I need an appointment.\n",
                  "recordingUrl": "https://storage.example.com/call-sample-0001.wav",
                  "stereoRecordingUrl": "https://storage.example.com/call-sample-0001-stereo.wav",
                  "recording": {
                    "mono": {
                      "combinedUrl": "https://storage.example.com/call-sample-0001.wav"
                    }
                  }
                },
                "analysis": {
                  "summary": "Caller asked for an appointment.",
                  "structuredData": {
                    "intent": "appointment"
                  },
                  "successEvaluation": "true"
                }
              }
            }
            """#),
        Sample(
            "function-call",
            #"""
            {
              "message": {
                "type": "function-call",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "functionCall": {
                  "name": "lookup",
                  "parameters": {
                    "id": 1
                  }
                }
              }
            }
            """#),
        Sample(
            "handoff-destination-request",
            #"""
            {
              "message": {
                "type": "handoff-destination-request",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "parameters": {
                  "team": "billing"
                }
              }
            }
            """#),
        Sample(
            "hang",
            #"""
            {
              "message": {
                "type": "hang",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                }
              }
            }
            """#),
        Sample(
            "knowledge-base-request",
            #"""
            {
              "message": {
                "type": "knowledge-base-request",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "messages": [
                  {
                    "role": "system",
                    "message": "You are helpful.",
                    "time": 1760000400000,
                    "secondsFromStart": 0
                  },
                  {
                    "role": "bot",
                    "message": "Hello, how can I help?",
                    "time": 1760000401000,
                    "endTime": 1760000403000,
                    "secondsFromStart": 1.0,
                    "duration": 2000
                  },
                  {
                    "role": "user",
                    "message": "I need an appointment.",
                    "time": 1760000404000,
                    "endTime": 1760000406000,
                    "secondsFromStart": 4.0,
                    "duration": 2000
                  }
                ],
                "messagesOpenAIFormatted": [
                  {
                    "role": "system",
                    "content": "You are helpful."
                  },
                  {
                    "role": "assistant",
                    "content": "Hello, how can I help?"
                  },
                  {
                    "role": "user",
                    "content": "I need an appointment."
                  }
                ]
              }
            }
            """#),
        Sample(
            "language-change-detected",
            #"""
            {
              "message": {
                "type": "language-change-detected",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "language": "es"
              }
            }
            """#),
        Sample(
            "model-output",
            #"""
            {
              "message": {
                "type": "model-output",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "output": {
                  "token": "Hel"
                },
                "turnId": "turn-1"
              }
            }
            """#),
        Sample(
            "phone-call-control",
            #"""
            {
              "message": {
                "type": "phone-call-control",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "request": "forward",
                "destination": {
                  "type": "sip",
                  "sipUri": "sip:agent@example.com"
                }
              }
            }
            """#),
        Sample(
            "session.created",
            #"""
            {
              "message": {
                "type": "session.created",
                "timestamp": 1760000400000,
                "session": {
                  "id": "session-sample",
                  "orgId": "org-sample",
                  "status": "active",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:01.000Z"
                }
              }
            }
            """#),
        Sample(
            "session.deleted",
            #"""
            {
              "message": {
                "type": "session.deleted",
                "timestamp": 1760000400000,
                "session": {
                  "id": "session-sample",
                  "orgId": "org-sample",
                  "status": "active",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:01.000Z"
                }
              }
            }
            """#),
        Sample(
            "session.updated",
            #"""
            {
              "message": {
                "type": "session.updated",
                "timestamp": 1760000400000,
                "session": {
                  "id": "session-sample",
                  "orgId": "org-sample",
                  "status": "active",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:01.000Z"
                }
              }
            }
            """#),
        Sample(
            "speech-update",
            #"""
            {
              "message": {
                "type": "speech-update",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "status": "started",
                "role": "assistant",
                "turn": 2
              }
            }
            """#),
        Sample(
            "status-update.deletion-failed",
            #"""
            {
              "message": {
                "type": "status-update",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "status": "deletion-failed"
              }
            }
            """#),
        Sample(
            "status-update.ended",
            #"""
            {
              "message": {
                "type": "status-update",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "status": "ended",
                "endedReason": "customer-ended-call"
              }
            }
            """#),
        Sample(
            "status-update.forwarding",
            #"""
            {
              "message": {
                "type": "status-update",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "status": "forwarding",
                "destination": {
                  "type": "number",
                  "number": "+14155550102"
                }
              }
            }
            """#),
        Sample(
            "status-update.in-progress",
            #"""
            {
              "message": {
                "type": "status-update",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "status": "in-progress"
              }
            }
            """#),
        Sample(
            "status-update.not-found",
            #"""
            {
              "message": {
                "type": "status-update",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "status": "not-found"
              }
            }
            """#),
        Sample(
            "status-update.queued",
            #"""
            {
              "message": {
                "type": "status-update",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "status": "queued"
              }
            }
            """#),
        Sample(
            "status-update.ringing",
            #"""
            {
              "message": {
                "type": "status-update",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "status": "ringing"
              }
            }
            """#),
        Sample(
            "status-update.scheduled",
            #"""
            {
              "message": {
                "type": "status-update",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "status": "scheduled"
              }
            }
            """#),
        Sample(
            "tool-calls",
            #"""
            {
              "message": {
                "type": "tool-calls",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "toolCallList": [
                  {
                    "id": "tc-1",
                    "type": "function",
                    "function": {
                      "name": "lookup",
                      "arguments": "{\"id\":1}"
                    }
                  }
                ],
                "toolWithToolCallList": [
                  {
                    "type": "function",
                    "function": {
                      "name": "lookup"
                    },
                    "toolCall": {
                      "id": "tc-1",
                      "type": "function",
                      "function": {
                        "name": "lookup",
                        "arguments": "{\"id\":1}"
                      }
                    }
                  }
                ]
              }
            }
            """#),
        Sample(
            "transcript.final-selector",
            #"""
            {
              "message": {
                "type": "transcript[transcriptType=\"final\"]",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "role": "assistant",
                "transcriptType": "final",
                "transcript": "Sure."
              }
            }
            """#),
        Sample(
            "transcript.final",
            #"""
            {
              "message": {
                "type": "transcript",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "role": "user",
                "transcriptType": "final",
                "transcript": "I need an appointment."
              }
            }
            """#),
        Sample(
            "transcript.partial",
            #"""
            {
              "message": {
                "type": "transcript",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "role": "user",
                "transcriptType": "partial",
                "transcript": "I need an"
              }
            }
            """#),
        Sample(
            "transfer-destination-request",
            #"""
            {
              "message": {
                "type": "transfer-destination-request",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                }
              }
            }
            """#),
        Sample(
            "transfer-update",
            #"""
            {
              "message": {
                "type": "transfer-update",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "destination": {
                  "type": "number",
                  "number": "+14155550102"
                }
              }
            }
            """#),
        Sample(
            "user-interrupted",
            #"""
            {
              "message": {
                "type": "user-interrupted",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "turnId": "turn-1"
              }
            }
            """#),
        Sample(
            "voice-input",
            #"""
            {
              "message": {
                "type": "voice-input",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "input": "Hello"
              }
            }
            """#),
        Sample(
            "voice-request",
            #"""
            {
              "message": {
                "type": "voice-request",
                "timestamp": 1760000400000,
                "call": {
                  "id": "call-sample-0001",
                  "orgId": "org-sample",
                  "type": "inboundPhoneCall",
                  "status": "in-progress",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "updatedAt": "2025-10-09T09:00:00.000Z",
                  "assistantId": "assistant-sample",
                  "phoneCallProvider": "vapi",
                  "phoneCallTransport": "pstn"
                },
                "phoneNumber": {
                  "id": "pn-sample",
                  "number": "+14155550100"
                },
                "customer": {
                  "number": "+14155550101"
                },
                "text": "Hello",
                "sampleRate": 24000
              }
            }
            """#),
    ]
}
