import AdapterKit

extension OpenPhone {
    /// One payload for each event, in every form that the provider sends it.
    static let samples: [Sample] = [
        Sample(
            "brief.call.answered",
            #"""
            {
              "type": "call.answered",
              "data": {
                "object": {
                  "id": "CALL1",
                  "status": "answered",
                  "participants": [
                    "+14155550110",
                    "+14155550100"
                  ]
                }
              }
            }
            """#),
        Sample(
            "brief.call.completed",
            #"""
            {
              "type": "call.completed",
              "data": {
                "object": {
                  "id": "CALL1",
                  "status": "completed",
                  "duration": 300,
                  "participants": [
                    "+14155550110",
                    "+14155550100"
                  ],
                  "recordingUrl": "https://api.example.com/v1/call-recordings/CALL1",
                  "answeredAt": "2025-10-09T09:00:05.000Z",
                  "completedAt": "2025-10-09T09:05:05.000Z"
                }
              }
            }
            """#),
        Sample(
            "brief.call.forwarded",
            #"""
            {
              "type": "call.forwarded",
              "data": {
                "object": {
                  "id": "CALL1",
                  "status": "forwarded",
                  "participants": [
                    "+14155550110",
                    "+14155550100"
                  ]
                }
              }
            }
            """#),
        Sample(
            "brief.call.missed",
            #"""
            {
              "type": "call.missed",
              "data": {
                "object": {
                  "id": "CALL1",
                  "status": "missed",
                  "participants": [
                    "+14155550110",
                    "+14155550100"
                  ]
                }
              }
            }
            """#),
        Sample(
            "brief.call.recording.completed",
            #"""
            {
              "type": "call.recording.completed",
              "data": {
                "object": {
                  "id": "REC1",
                  "callId": "CALL1",
                  "url": "https://api.example.com/v1/call-recordings/CALL1",
                  "duration": 300,
                  "size": 2400000
                }
              }
            }
            """#),
        Sample(
            "brief.call.started",
            #"""
            {
              "type": "call.started",
              "data": {
                "object": {
                  "id": "CALL1",
                  "status": "started",
                  "participants": [
                    "+14155550110",
                    "+14155550100"
                  ]
                }
              }
            }
            """#),
        Sample(
            "brief.call_summary.created",
            #"""
            {
              "type": "call_summary.created",
              "data": {
                "object": {
                  "callId": "CALL1",
                  "summary": "Pricing questions.",
                  "keyPoints": [
                    "Price"
                  ],
                  "nextSteps": [
                    "Quote"
                  ],
                  "sentiment": "neutral"
                }
              }
            }
            """#),
        Sample(
            "brief.call_summary.updated",
            #"""
            {
              "type": "call_summary.updated",
              "data": {
                "object": {
                  "callId": "CALL1",
                  "summary": "Pricing questions.",
                  "keyPoints": [
                    "Price"
                  ],
                  "nextSteps": [
                    "Quote"
                  ],
                  "sentiment": "neutral"
                }
              }
            }
            """#),
        Sample(
            "brief.call_transcript.created",
            #"""
            {
              "type": "call_transcript.created",
              "data": {
                "object": {
                  "callId": "CALL1",
                  "transcript": {
                    "dialogue": [
                      {
                        "speaker": "Agent",
                        "text": "Hello.",
                        "timestamp": "00:00:02"
                      },
                      {
                        "speaker": "Customer",
                        "text": "Hi.",
                        "timestamp": "00:00:04"
                      }
                    ],
                    "confidence": 0.9
                  }
                }
              }
            }
            """#),
        Sample(
            "brief.call_transcript.updated",
            #"""
            {
              "type": "call_transcript.updated",
              "data": {
                "object": {
                  "callId": "CALL1",
                  "transcript": {
                    "dialogue": [
                      {
                        "speaker": "Agent",
                        "text": "Hello.",
                        "timestamp": "00:00:02"
                      },
                      {
                        "speaker": "Customer",
                        "text": "Hi.",
                        "timestamp": "00:00:04"
                      }
                    ],
                    "confidence": 0.9
                  }
                }
              }
            }
            """#),
        Sample(
            "brief.message.delivered",
            #"""
            {
              "type": "message.delivered",
              "data": {
                "object": {
                  "id": "MSG1",
                  "conversationId": "CONV1",
                  "direction": "outgoing",
                  "from": "+14155550100",
                  "to": [
                    "+14155550110"
                  ],
                  "text": "Hello",
                  "media": [
                    "https://media.example.com/a.jpg"
                  ],
                  "status": "delivered",
                  "createdAt": "2025-10-09T09:00:00.000Z"
                }
              }
            }
            """#),
        Sample(
            "brief.message.failed",
            #"""
            {
              "type": "message.failed",
              "data": {
                "object": {
                  "id": "MSG1",
                  "conversationId": "CONV1",
                  "direction": "outgoing",
                  "from": "+14155550100",
                  "to": [
                    "+14155550110"
                  ],
                  "text": "Hello",
                  "media": [
                    "https://media.example.com/a.jpg"
                  ],
                  "status": "failed",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "errorMessage": "Invalid number"
                }
              }
            }
            """#),
        Sample(
            "brief.message.received",
            #"""
            {
              "type": "message.received",
              "data": {
                "object": {
                  "id": "MSG1",
                  "conversationId": "CONV1",
                  "direction": "incoming",
                  "from": "+14155550110",
                  "to": [
                    "+14155550100"
                  ],
                  "text": "Hello",
                  "media": [
                    "https://media.example.com/a.jpg"
                  ],
                  "status": "received",
                  "createdAt": "2025-10-09T09:00:00.000Z"
                }
              }
            }
            """#),
        Sample(
            "brief.message.sent",
            #"""
            {
              "type": "message.sent",
              "data": {
                "object": {
                  "id": "MSG1",
                  "conversationId": "CONV1",
                  "direction": "outgoing",
                  "from": "+14155550100",
                  "to": [
                    "+14155550110"
                  ],
                  "text": "Hello",
                  "media": [
                    "https://media.example.com/a.jpg"
                  ],
                  "status": "sent",
                  "createdAt": "2025-10-09T09:00:00.000Z"
                }
              }
            }
            """#),
        Sample(
            "brief.token.validated",
            #"""
            {
              "type": "token.validated"
            }
            """#),
        Sample(
            "call.answered",
            #"""
            {
              "id": "EVs007",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "call.answered",
              "data": {
                "resource": {
                  "id": "ACc1",
                  "direction": "incoming",
                  "answeredAt": "2026-04-13T11:59:05.000Z",
                  "answeredByUserId": "US1",
                  "createdAt": "2026-04-13T11:59:00.000Z",
                  "updatedAt": "2026-04-13T12:00:00.000Z"
                },
                "context": {
                  "orgId": "OR1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1",
                  "phoneNumberType": "shared",
                  "userId": "US1",
                  "contacts": {
                    "ids": [
                      "CT1"
                    ],
                    "lookupStatus": "matched"
                  },
                  "participants": {
                    "workspace": [
                      "+14155550100"
                    ],
                    "external": [
                      "+14155550110"
                    ],
                    "resolution": "available"
                  }
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
        Sample(
            "call.completed",
            #"""
            {
              "id": "EVs008",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "call.completed",
              "data": {
                "resource": {
                  "id": "ACc1",
                  "direction": "incoming",
                  "status": "answered",
                  "answeredAt": "2026-04-13T11:59:05.000Z",
                  "completedAt": "2026-04-13T12:00:00.000Z",
                  "duration": 55,
                  "hasVoicemail": false,
                  "createdAt": "2026-04-13T11:59:00.000Z",
                  "updatedAt": "2026-04-13T12:00:00.000Z"
                },
                "context": {
                  "orgId": "OR1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1",
                  "phoneNumberType": "shared",
                  "userId": "US1",
                  "contacts": {
                    "ids": [
                      "CT1"
                    ],
                    "lookupStatus": "matched"
                  },
                  "participants": {
                    "workspace": [
                      "+14155550100"
                    ],
                    "external": [
                      "+14155550110"
                    ],
                    "resolution": "available"
                  }
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
        Sample(
            "call.forwarded",
            #"""
            {
              "id": "EVs010",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "call.forwarded",
              "data": {
                "resource": {
                  "id": "ACc3",
                  "forwardedFrom": "+14155550100",
                  "forwardedTo": "+14155550120",
                  "createdAt": "2026-04-13T11:59:00.000Z",
                  "updatedAt": "2026-04-13T12:00:00.000Z"
                },
                "context": {
                  "orgId": "OR1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1",
                  "phoneNumberType": "shared",
                  "userId": "US1",
                  "contacts": {
                    "ids": [
                      "CT1"
                    ],
                    "lookupStatus": "matched"
                  },
                  "participants": {
                    "workspace": [
                      "+14155550100"
                    ],
                    "external": [
                      "+14155550110"
                    ],
                    "resolution": "available"
                  }
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
        Sample(
            "call.menu.selected",
            #"""
            {
              "id": "EVs006",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "call.menu.selected",
              "data": {
                "resource": {
                  "id": "ACc1",
                  "phoneMenuSelection": "1",
                  "phoneMenuSelectionName": "Sales",
                  "statusReason": "phone-menu-dial",
                  "createdAt": "2026-04-13T11:59:00.000Z",
                  "updatedAt": "2026-04-13T12:00:00.000Z"
                },
                "context": {
                  "orgId": "OR1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1",
                  "phoneNumberType": "shared",
                  "userId": "US1",
                  "contacts": {
                    "ids": [
                      "CT1"
                    ],
                    "lookupStatus": "matched"
                  },
                  "participants": {
                    "workspace": [
                      "+14155550100"
                    ],
                    "external": [
                      "+14155550110"
                    ],
                    "resolution": "available"
                  }
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
        Sample(
            "call.missed",
            #"""
            {
              "id": "EVs009",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "call.missed",
              "data": {
                "resource": {
                  "id": "ACc2",
                  "createdAt": "2026-04-13T11:59:00.000Z",
                  "updatedAt": "2026-04-13T12:00:00.000Z"
                },
                "context": {
                  "orgId": "OR1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1",
                  "phoneNumberType": "shared",
                  "userId": "US1",
                  "contacts": {
                    "ids": [
                      "CT1"
                    ],
                    "lookupStatus": "matched"
                  },
                  "participants": {
                    "workspace": [
                      "+14155550100"
                    ],
                    "external": [
                      "+14155550110"
                    ],
                    "resolution": "available"
                  }
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
        Sample(
            "call.recording.completed",
            #"""
            {
              "id": "EVs011",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "call.recording.completed",
              "data": {
                "resource": {
                  "id": "ACc1",
                  "direction": "incoming",
                  "answeredAt": "2026-04-13T11:59:05.000Z",
                  "completedAt": "2026-04-13T12:00:00.000Z",
                  "duration": 55,
                  "recordings": [
                    {
                      "id": "RE1",
                      "duration": 55,
                      "startTime": "2026-04-13T11:59:05.000Z",
                      "type": "audio/mpeg",
                      "url": "https://media.example.com/re1.mp3"
                    }
                  ],
                  "createdAt": "2026-04-13T11:59:00.000Z",
                  "updatedAt": "2026-04-13T12:00:00.000Z"
                },
                "context": {
                  "orgId": "OR1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1",
                  "phoneNumberType": "shared",
                  "userId": "US1",
                  "contacts": {
                    "ids": [
                      "CT1"
                    ],
                    "lookupStatus": "matched"
                  },
                  "participants": {
                    "workspace": [
                      "+14155550100"
                    ],
                    "external": [
                      "+14155550110"
                    ],
                    "resolution": "available"
                  }
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
        Sample(
            "call.ringing",
            #"""
            {
              "id": "EVs005",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "call.ringing",
              "data": {
                "resource": {
                  "id": "ACc1",
                  "direction": "incoming",
                  "createdAt": "2026-04-13T11:59:00.000Z",
                  "updatedAt": "2026-04-13T12:00:00.000Z"
                },
                "context": {
                  "orgId": "OR1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1",
                  "userId": "US1",
                  "participants": {
                    "workspace": [
                      "+14155550100"
                    ],
                    "external": [
                      "+14155550110"
                    ],
                    "resolution": "available"
                  }
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
        Sample(
            "call.summary.completed",
            #"""
            {
              "id": "EVs012",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "call.summary.completed",
              "data": {
                "resource": {
                  "callId": "ACc1",
                  "processingStatus": "completed",
                  "summary": [
                    "Asked about prices."
                  ],
                  "nextSteps": [
                    "Send a quote."
                  ],
                  "fromPhoneNumber": "+14155550110",
                  "handledByAiAgent": false,
                  "answeredByUserId": "US1",
                  "jobs": []
                },
                "context": {
                  "orgId": "OR1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1",
                  "phoneNumberType": "shared",
                  "userId": "US1",
                  "contacts": {
                    "ids": [
                      "CT1"
                    ],
                    "lookupStatus": "matched"
                  },
                  "participants": {
                    "workspace": [
                      "+14155550100"
                    ],
                    "external": [
                      "+14155550110"
                    ],
                    "resolution": "available"
                  }
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
        Sample(
            "call.transcript.completed",
            #"""
            {
              "id": "EVs013",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "call.transcript.completed",
              "data": {
                "resource": {
                  "callId": "ACc1",
                  "createdAt": "2026-04-13T12:00:00.000Z",
                  "duration": 55.0,
                  "processingStatus": "completed",
                  "dialogue": [
                    {
                      "userId": "US1",
                      "identifier": "+14155550100",
                      "content": "Hello.",
                      "start": 0.5,
                      "end": 1.5
                    },
                    {
                      "userId": null,
                      "identifier": "+14155550110",
                      "content": "Hi.",
                      "start": 2.0,
                      "end": 2.5
                    }
                  ]
                },
                "context": {
                  "orgId": "OR1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1",
                  "phoneNumberType": "shared",
                  "userId": "US1",
                  "contacts": {
                    "ids": [
                      "CT1"
                    ],
                    "lookupStatus": "matched"
                  },
                  "participants": {
                    "workspace": [
                      "+14155550100"
                    ],
                    "external": [
                      "+14155550110"
                    ],
                    "resolution": "available"
                  }
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
        Sample(
            "call.voicemail.completed",
            #"""
            {
              "id": "EVs014",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "call.voicemail.completed",
              "data": {
                "resource": {
                  "id": "ACv1",
                  "voicemailId": "VM1",
                  "callId": "ACc2",
                  "direction": "incoming",
                  "duration": 12,
                  "from": "+14155550110",
                  "to": "+14155550100",
                  "transcript": "Please call back.",
                  "recordingUrl": "https://media.example.com/vm1.mp3",
                  "createdAt": "2026-04-13T11:59:00.000Z",
                  "updatedAt": "2026-04-13T12:00:00.000Z"
                },
                "context": {
                  "orgId": "OR1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1",
                  "phoneNumberType": "shared",
                  "userId": "US1",
                  "contacts": {
                    "ids": [
                      "CT1"
                    ],
                    "lookupStatus": "matched"
                  },
                  "participants": {
                    "workspace": [
                      "+14155550100"
                    ],
                    "external": [
                      "+14155550110"
                    ],
                    "resolution": "available"
                  }
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
        Sample(
            "contact.deleted",
            #"""
            {
              "id": "EVs016",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "contact.deleted",
              "data": {
                "resource": {
                  "id": "CT1",
                  "firstName": "Ada",
                  "lastName": "Sample",
                  "company": null,
                  "role": null,
                  "location": null,
                  "source": null,
                  "externalId": null,
                  "emails": [],
                  "phoneNumbers": [
                    {
                      "value": "+14155550110",
                      "type": "phone-number"
                    }
                  ],
                  "customFields": [],
                  "createdAt": "2026-04-13T11:59:00.000Z",
                  "updatedAt": "2026-04-13T12:00:00.000Z"
                },
                "context": {
                  "orgId": "OR1",
                  "userId": "US1",
                  "sharedWithIds": []
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
        Sample(
            "contact.updated",
            #"""
            {
              "id": "EVs015",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "contact.updated",
              "data": {
                "resource": {
                  "id": "CT1",
                  "firstName": "Ada",
                  "lastName": "Sample",
                  "company": null,
                  "role": null,
                  "location": null,
                  "source": null,
                  "externalId": null,
                  "emails": [],
                  "phoneNumbers": [
                    {
                      "value": "+14155550110",
                      "type": "phone-number"
                    }
                  ],
                  "customFields": [],
                  "createdAt": "2026-04-13T11:59:00.000Z",
                  "updatedAt": "2026-04-13T12:00:00.000Z"
                },
                "context": {
                  "orgId": "OR1",
                  "userId": "US1",
                  "sharedWithIds": []
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
        Sample(
            "legacy.call.completed.v2",
            #"""
            {
              "id": "EVl034",
              "object": "event",
              "apiVersion": "v2",
              "createdAt": "2025-10-09T09:00:01.000Z",
              "type": "call.completed",
              "data": {
                "object": {
                  "id": "ACl5",
                  "object": "call",
                  "from": "+14155550110",
                  "to": "+14155550100",
                  "direction": "incoming",
                  "media": [],
                  "voicemail": null,
                  "status": "completed",
                  "createdAt": "2025-10-09T08:58:00.000Z",
                  "answeredAt": "2025-10-09T08:58:05.000Z",
                  "completedAt": "2025-10-09T08:59:00.000Z",
                  "userId": "US1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1"
                }
              }
            }
            """#),
        Sample(
            "legacy.call.completed.v4",
            #"""
            {
              "id": "EVl032",
              "object": "event",
              "apiVersion": "v4",
              "createdAt": "2025-10-09T09:00:01.000Z",
              "type": "call.completed",
              "data": {
                "object": {
                  "id": "ACl4",
                  "object": "call",
                  "direction": "incoming",
                  "status": "completed",
                  "createdAt": "2025-10-09T08:58:00.000Z",
                  "answeredAt": "2025-10-09T08:58:05.000Z",
                  "completedAt": "2025-10-09T08:59:00.000Z",
                  "updatedAt": "2025-10-09T08:59:01.000Z",
                  "duration": 55,
                  "answeredBy": "US1",
                  "initiatedBy": null,
                  "forwardedFrom": null,
                  "forwardedTo": null,
                  "participants": [
                    "+14155550110"
                  ],
                  "phoneNumberId": "PN1",
                  "userId": "US1"
                }
              }
            }
            """#),
        Sample(
            "legacy.call.recording.completed",
            #"""
            {
              "id": "EVl035",
              "object": "event",
              "apiVersion": "v4",
              "createdAt": "2025-10-09T09:00:01.000Z",
              "type": "call.recording.completed",
              "data": {
                "object": {
                  "id": "ACl4",
                  "object": "call",
                  "direction": "incoming",
                  "status": "completed",
                  "createdAt": "2025-10-09T08:58:00.000Z",
                  "answeredAt": "2025-10-09T08:58:05.000Z",
                  "completedAt": "2025-10-09T08:59:00.000Z",
                  "updatedAt": "2025-10-09T08:59:01.000Z",
                  "duration": 55,
                  "answeredBy": "US1",
                  "initiatedBy": null,
                  "forwardedFrom": null,
                  "forwardedTo": null,
                  "participants": [
                    "+14155550110"
                  ],
                  "phoneNumberId": "PN1",
                  "userId": "US1",
                  "media": [
                    {
                      "url": "https://media.example.com/r.mp3",
                      "type": "audio/mpeg",
                      "duration": 55
                    }
                  ]
                }
              }
            }
            """#),
        Sample(
            "legacy.call.ringing.v4",
            #"""
            {
              "id": "EVl033",
              "object": "event",
              "apiVersion": "v4",
              "createdAt": "2025-10-09T09:00:01.000Z",
              "type": "call.ringing",
              "data": {
                "object": {
                  "id": "ACl4",
                  "object": "call",
                  "direction": "incoming",
                  "status": "ringing",
                  "createdAt": "2025-10-09T08:58:00.000Z",
                  "answeredAt": null,
                  "completedAt": null,
                  "updatedAt": "2025-10-09T08:59:01.000Z",
                  "duration": 0,
                  "answeredBy": "US1",
                  "initiatedBy": null,
                  "forwardedFrom": null,
                  "forwardedTo": null,
                  "participants": [
                    "+14155550110"
                  ],
                  "phoneNumberId": "PN1",
                  "userId": "US1"
                }
              }
            }
            """#),
        Sample(
            "legacy.call.summary.completed",
            #"""
            {
              "id": "EVl037",
              "object": "event",
              "apiVersion": "v4",
              "createdAt": "2025-10-09T09:00:01.000Z",
              "type": "call.summary.completed",
              "data": {
                "object": {
                  "object": "callSummary",
                  "callId": "ACl4",
                  "status": "completed",
                  "summary": [
                    "Asked about prices."
                  ],
                  "nextSteps": []
                }
              }
            }
            """#),
        Sample(
            "legacy.call.transcript.completed",
            #"""
            {
              "id": "EVl039",
              "object": "event",
              "apiVersion": "v4",
              "createdAt": "2025-10-09T09:00:01.000Z",
              "type": "call.transcript.completed",
              "data": {
                "object": {
                  "object": "callTranscript",
                  "callId": "ACl4",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "dialogue": [],
                  "duration": 55,
                  "status": "completed"
                }
              }
            }
            """#),
        Sample(
            "legacy.callSummary",
            #"""
            {
              "id": "EVl036",
              "object": "event",
              "apiVersion": "v4",
              "createdAt": "2025-10-09T09:00:01.000Z",
              "type": "callSummary",
              "data": {
                "object": {
                  "object": "callSummary",
                  "callId": "ACl4",
                  "status": "completed",
                  "summary": [
                    "Asked about prices."
                  ],
                  "nextSteps": [
                    "Send a quote."
                  ]
                }
              }
            }
            """#),
        Sample(
            "legacy.callTranscript",
            #"""
            {
              "id": "EVl038",
              "object": "event",
              "apiVersion": "v4",
              "createdAt": "2025-10-09T09:00:01.000Z",
              "type": "callTranscript",
              "data": {
                "object": {
                  "object": "callTranscript",
                  "callId": "ACl4",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "dialogue": [
                    {
                      "content": "Hello.",
                      "start": 0.5,
                      "end": 1.5,
                      "identifier": "+14155550100",
                      "userId": "US1"
                    }
                  ],
                  "duration": 55,
                  "status": "completed"
                }
              }
            }
            """#),
        Sample(
            "legacy.message.delivered.v4",
            #"""
            {
              "id": "EVl030",
              "object": "event",
              "apiVersion": "v4",
              "createdAt": "2025-10-09T09:00:01.000Z",
              "type": "message.delivered",
              "data": {
                "object": {
                  "id": "ACl2",
                  "object": "message",
                  "from": "+14155550100",
                  "to": [
                    "+14155550110"
                  ],
                  "direction": "outgoing",
                  "text": "Hello",
                  "status": "delivered",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "userId": "US1",
                  "phoneNumberId": "PN1"
                }
              }
            }
            """#),
        Sample(
            "legacy.message.received.v2",
            #"""
            {
              "id": "EVl031",
              "object": "event",
              "apiVersion": "v2",
              "createdAt": "2025-10-09T09:00:01.000Z",
              "type": "message.received",
              "data": {
                "object": {
                  "id": "ACl3",
                  "object": "message",
                  "from": "+14155550110",
                  "to": "+14155550100",
                  "direction": "incoming",
                  "body": "Hello",
                  "media": [
                    {
                      "url": "https://media.example.com/1.jpg",
                      "type": "image/jpeg"
                    }
                  ],
                  "status": "received",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "userId": "US1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1"
                }
              }
            }
            """#),
        Sample(
            "legacy.message.received.v4",
            #"""
            {
              "id": "EVl029",
              "object": "event",
              "apiVersion": "v4",
              "createdAt": "2025-10-09T09:00:01.000Z",
              "type": "message.received",
              "data": {
                "object": {
                  "id": "ACl1",
                  "object": "message",
                  "from": "+14155550110",
                  "to": [
                    "+14155550100"
                  ],
                  "direction": "incoming",
                  "text": "Hello",
                  "status": "received",
                  "createdAt": "2025-10-09T09:00:00.000Z",
                  "userId": "US1",
                  "phoneNumberId": "PN1"
                }
              }
            }
            """#),
        Sample(
            "message.delivered",
            #"""
            {
              "id": "EVs002",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "message.delivered",
              "data": {
                "resource": {
                  "id": "ACm2",
                  "direction": "outgoing",
                  "text": "Hi",
                  "media": [
                    {
                      "url": "https://media.example.com/1.png",
                      "type": "image/png"
                    }
                  ],
                  "status": "delivered",
                  "createdAt": "2026-04-13T12:00:00.000Z"
                },
                "context": {
                  "orgId": "OR1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1",
                  "userId": "US1",
                  "contacts": {
                    "ids": [
                      "CT1"
                    ],
                    "lookupStatus": "matched"
                  },
                  "senderIdentifier": "+14155550100",
                  "recipientIdentifiers": [
                    "+14155550110"
                  ]
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
        Sample(
            "message.failed",
            #"""
            {
              "id": "EVs003",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "message.failed",
              "data": {
                "resource": {
                  "id": "ACm3",
                  "direction": "outgoing",
                  "text": "Hi",
                  "status": "failed",
                  "errorCode": "30006",
                  "createdAt": "2026-04-13T12:00:00.000Z"
                },
                "context": {
                  "orgId": "OR1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1",
                  "userId": "US1",
                  "contacts": {
                    "ids": [
                      "CT1"
                    ],
                    "lookupStatus": "matched"
                  },
                  "senderIdentifier": "+14155550100",
                  "recipientIdentifiers": [
                    "+14155550110"
                  ]
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
        Sample(
            "message.received",
            #"""
            {
              "id": "EVs001",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "message.received",
              "data": {
                "resource": {
                  "id": "ACm1",
                  "direction": "incoming",
                  "text": "Hello",
                  "media": [],
                  "status": "received",
                  "createdAt": "2026-04-13T12:00:00.000Z"
                },
                "context": {
                  "orgId": "OR1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1",
                  "userId": "US1",
                  "contacts": {
                    "ids": [
                      "CT1"
                    ],
                    "lookupStatus": "matched"
                  },
                  "senderIdentifier": "+14155550110",
                  "recipientIdentifiers": [
                    "+14155550100"
                  ]
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
        Sample(
            "message.undelivered",
            #"""
            {
              "id": "EVs004",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "message.undelivered",
              "data": {
                "resource": {
                  "id": "ACm4",
                  "direction": "outgoing",
                  "text": "Hi",
                  "media": [],
                  "status": "undelivered",
                  "errorCode": "30003",
                  "createdAt": "2026-04-13T12:00:00.000Z"
                },
                "context": {
                  "orgId": "OR1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1",
                  "userId": "US1",
                  "contacts": {
                    "ids": [
                      "CT1"
                    ],
                    "lookupStatus": "matched"
                  },
                  "senderIdentifier": "+14155550100",
                  "recipientIdentifiers": [
                    "+14155550110"
                  ]
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
        Sample(
            "task.assigned",
            #"""
            {
              "id": "EVs022",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "task.assigned",
              "data": {
                "resource": {
                  "id": "TK1",
                  "assignedTo": "US2"
                },
                "context": {
                  "orgId": "OR1",
                  "actorId": "US1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1",
                  "activityId": "AC1",
                  "phoneNumberGroupId": null
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
        Sample(
            "task.completed",
            #"""
            {
              "id": "EVs020",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "task.completed",
              "data": {
                "resource": {
                  "id": "TK1"
                },
                "context": {
                  "orgId": "OR1",
                  "actorId": "US1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1",
                  "activityId": "AC1",
                  "phoneNumberGroupId": null
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
        Sample(
            "task.created",
            #"""
            {
              "id": "EVs017",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "task.created",
              "data": {
                "resource": {
                  "id": "TK1",
                  "title": "Call back",
                  "description": "",
                  "dueDate": null
                },
                "context": {
                  "orgId": "OR1",
                  "actorId": "US1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1",
                  "activityId": "AC1",
                  "phoneNumberGroupId": null
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
        Sample(
            "task.deleted",
            #"""
            {
              "id": "EVs019",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "task.deleted",
              "data": {
                "resource": {
                  "id": "TK1"
                },
                "context": {
                  "orgId": "OR1",
                  "actorId": "US1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1",
                  "activityId": "AC1",
                  "phoneNumberGroupId": null
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
        Sample(
            "task.duedate.removed",
            #"""
            {
              "id": "EVs028",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "task.duedate.removed",
              "data": {
                "resource": {
                  "id": "TK1"
                },
                "context": {
                  "orgId": "OR1",
                  "actorId": "US1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1",
                  "activityId": "AC1",
                  "phoneNumberGroupId": null
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
        Sample(
            "task.duedate.updated",
            #"""
            {
              "id": "EVs027",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "task.duedate.updated",
              "data": {
                "resource": {
                  "id": "TK1",
                  "updatedDueDate": "2026-04-20T00:00:00.000Z"
                },
                "context": {
                  "orgId": "OR1",
                  "actorId": "US1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1",
                  "activityId": "AC1",
                  "phoneNumberGroupId": null
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
        Sample(
            "task.linked",
            #"""
            {
              "id": "EVs025",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "task.linked",
              "data": {
                "resource": {
                  "id": "TK1"
                },
                "context": {
                  "orgId": "OR1",
                  "actorId": "US1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1",
                  "activityId": "AC1",
                  "phoneNumberGroupId": null
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
        Sample(
            "task.overdue",
            #"""
            {
              "id": "EVs024",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "task.overdue",
              "data": {
                "resource": {
                  "id": "TK1",
                  "dueDate": "2026-04-12T00:00:00.000Z"
                },
                "context": {
                  "orgId": "OR1",
                  "actorId": "US1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1",
                  "activityId": "AC1",
                  "phoneNumberGroupId": null
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
        Sample(
            "task.reopened",
            #"""
            {
              "id": "EVs021",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "task.reopened",
              "data": {
                "resource": {
                  "id": "TK1"
                },
                "context": {
                  "orgId": "OR1",
                  "actorId": "US1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1",
                  "activityId": "AC1",
                  "phoneNumberGroupId": null
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
        Sample(
            "task.unassigned",
            #"""
            {
              "id": "EVs023",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "task.unassigned",
              "data": {
                "resource": {
                  "id": "TK1",
                  "unassignedFrom": "US2"
                },
                "context": {
                  "orgId": "OR1",
                  "actorId": "US1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1",
                  "activityId": "AC1",
                  "phoneNumberGroupId": null
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
        Sample(
            "task.unlinked",
            #"""
            {
              "id": "EVs026",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "task.unlinked",
              "data": {
                "resource": {
                  "id": "TK1"
                },
                "context": {
                  "orgId": "OR1",
                  "actorId": "US1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1",
                  "activityId": "AC1",
                  "phoneNumberGroupId": null
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
        Sample(
            "task.updated",
            #"""
            {
              "id": "EVs018",
              "apiVersion": "2026-03-30",
              "createdAt": "2026-04-13T12:00:00.000Z",
              "type": "task.updated",
              "data": {
                "resource": {
                  "id": "TK1",
                  "updatedFields": {
                    "title": {
                      "isUpdated": true,
                      "updatedValue": "Call"
                    },
                    "description": {
                      "isUpdated": false
                    }
                  }
                },
                "context": {
                  "orgId": "OR1",
                  "actorId": "US1",
                  "phoneNumberId": "PN1",
                  "conversationId": "CN1",
                  "activityId": "AC1",
                  "phoneNumberGroupId": null
                },
                "links": {
                  "quo": "https://my.quo.com/inbox/sample"
                }
              }
            }
            """#),
    ]
}
