import AdapterKit

extension Vocelio {
    /// One payload for each native event, as the provider sends it.
    static let samples: [Sample] = [
        Sample(
            "agent.available",
            #"""
            {
              "event_type": "agent.available",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "agent": {
                  "id": "agent_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "agent.busy",
            #"""
            {
              "event_type": "agent.busy",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "agent": {
                  "id": "agent_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "agent.offline",
            #"""
            {
              "event_type": "agent.offline",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "agent": {
                  "id": "agent_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "agent.online",
            #"""
            {
              "event_type": "agent.online",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "agent": {
                  "id": "agent_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "agent.performance_updated",
            #"""
            {
              "event_type": "agent.performance_updated",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "agent": {
                  "id": "agent_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "api.error",
            #"""
            {
              "event_type": "api.error",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "api": {
                  "id": "api_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "api.rate_limit_exceeded",
            #"""
            {
              "event_type": "api.rate_limit_exceeded",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "api": {
                  "id": "api_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "appointment.cancelled",
            #"""
            {
              "event_type": "appointment.cancelled",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "appointment": {
                  "id": "appointment_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "appointment.completed",
            #"""
            {
              "event_type": "appointment.completed",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "appointment": {
                  "id": "appointment_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "appointment.confirmed",
            #"""
            {
              "event_type": "appointment.confirmed",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "appointment": {
                  "id": "appointment_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "appointment.reminder_sent",
            #"""
            {
              "event_type": "appointment.reminder_sent",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "appointment": {
                  "id": "appointment_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "appointment.rescheduled",
            #"""
            {
              "event_type": "appointment.rescheduled",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "appointment": {
                  "id": "appointment_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "appointment.scheduled",
            #"""
            {
              "event_type": "appointment.scheduled",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "appointment": {
                  "id": "appointment_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "call.answered",
            #"""
            {
              "event_type": "call.answered",
              "event_id": "call_1",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "call": {
                  "id": "call_1"
                },
                "customer": {
                  "id": "customer_1",
                  "name": "Ada Sample",
                  "phone": "+1-415-555-0140"
                },
                "agent": {
                  "id": "agent_1",
                  "name": "Grace Sample"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "call.ended",
            #"""
            {
              "event_type": "call.ended",
              "event_id": "call_1",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "call": {
                  "id": "call_1",
                  "duration": 300,
                  "outcome": "completed",
                  "recording_url": "https://recordings.example.com/call_1.mp3",
                  "started_at": "2025-10-09T08:55:00Z",
                  "ended_at": "2025-10-09T09:00:00Z"
                },
                "customer": {
                  "id": "customer_1",
                  "name": "Ada Sample",
                  "phone": "+1-415-555-0140"
                },
                "agent": {
                  "id": "agent_1",
                  "name": "Grace Sample"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "call.missed",
            #"""
            {
              "event_type": "call.missed",
              "event_id": "call_2",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "call": {
                  "id": "call_2"
                },
                "customer": {
                  "id": "customer_1",
                  "name": "Ada Sample",
                  "phone": "+1-415-555-0140"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "call.recording_available",
            #"""
            {
              "event_type": "call.recording_available",
              "event_id": "call_1",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "call": {
                  "id": "call_1",
                  "recording_url": "https://recordings.example.com/call_1.mp3"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "call.started",
            #"""
            {
              "event_type": "call.started",
              "event_id": "call_1",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "call": {
                  "id": "call_1",
                  "started_at": "2025-10-09T09:00:00Z"
                },
                "customer": {
                  "id": "customer_1",
                  "name": "Ada Sample",
                  "phone": "+1-415-555-0140"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "call.transferred",
            #"""
            {
              "event_type": "call.transferred",
              "event_id": "call_1",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "call": {
                  "id": "call_1"
                },
                "customer": {
                  "id": "customer_1",
                  "name": "Ada Sample",
                  "phone": "+1-415-555-0140"
                },
                "agent": {
                  "id": "agent_2",
                  "name": "Alan Sample"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "campaign.completed",
            #"""
            {
              "event_type": "campaign.completed",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "campaign": {
                  "id": "campaign_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "campaign.paused",
            #"""
            {
              "event_type": "campaign.paused",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "campaign": {
                  "id": "campaign_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "campaign.performance_updated",
            #"""
            {
              "event_type": "campaign.performance_updated",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "campaign": {
                  "id": "campaign_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "campaign.started",
            #"""
            {
              "event_type": "campaign.started",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "campaign": {
                  "id": "campaign_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "crm.sync_completed",
            #"""
            {
              "event_type": "crm.sync_completed",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "crm": {
                  "id": "crm_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "crm.sync_failed",
            #"""
            {
              "event_type": "crm.sync_failed",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "crm": {
                  "id": "crm_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "custom.event",
            #"""
            {
              "event_type": "custom.event",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "custom": {
                  "id": "custom_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "endpoint-test", headers: [("X-Webhook-Event", "call.started")],
            #"""
            {
              "test": true,
              "timestamp": "2025-10-09T09:00:00.000000"
            }
            """#),
        Sample(
            "lead.assigned",
            #"""
            {
              "event_type": "lead.assigned",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "lead": {
                  "id": "lead_1"
                },
                "agent": {
                  "id": "agent_1",
                  "name": "Grace Sample"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "lead.converted",
            #"""
            {
              "event_type": "lead.converted",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "lead": {
                  "id": "lead_1"
                },
                "agent": {
                  "id": "agent_1",
                  "name": "Grace Sample"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "lead.created",
            #"""
            {
              "event_type": "lead.created",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "lead": {
                  "id": "lead_1"
                },
                "agent": {
                  "id": "agent_1",
                  "name": "Grace Sample"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "lead.lost",
            #"""
            {
              "event_type": "lead.lost",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "lead": {
                  "id": "lead_1"
                },
                "agent": {
                  "id": "agent_1",
                  "name": "Grace Sample"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "lead.updated",
            #"""
            {
              "event_type": "lead.updated",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "lead": {
                  "id": "lead_1"
                },
                "agent": {
                  "id": "agent_1",
                  "name": "Grace Sample"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "notification.clicked",
            #"""
            {
              "event_type": "notification.clicked",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "notification": {
                  "id": "notification_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "notification.delivered",
            #"""
            {
              "event_type": "notification.delivered",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "notification": {
                  "id": "notification_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "notification.failed",
            #"""
            {
              "event_type": "notification.failed",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "notification": {
                  "id": "notification_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "notification.sent",
            #"""
            {
              "event_type": "notification.sent",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "notification": {
                  "id": "notification_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "system.backup_completed",
            #"""
            {
              "event_type": "system.backup_completed",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "system": {
                  "id": "system_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "system.error",
            #"""
            {
              "event_type": "system.error",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "system": {
                  "id": "system_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "system.health_alert",
            #"""
            {
              "event_type": "system.health_alert",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "system": {
                  "id": "system_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
        Sample(
            "system.maintenance",
            #"""
            {
              "event_type": "system.maintenance",
              "event_id": "evt_sample",
              "timestamp": "2025-10-09T09:00:00Z",
              "data": {
                "system": {
                  "id": "system_1"
                }
              },
              "metadata": {
                "source_service": "sample",
                "version": "1.0",
                "retry_count": 0
              }
            }
            """#),
    ]
}
