// Written by `make samples`.
{"OpenPhone", "brief.call.answered", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/brief.call.answered.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "brief.call.completed", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/brief.call.completed.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "brief.call.forwarded", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/brief.call.forwarded.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "brief.call.missed", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/brief.call.missed.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "brief.call.recording.completed", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/brief.call.recording.completed.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "brief.call.started", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/brief.call.started.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "brief.call_summary.created", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/brief.call_summary.created.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "brief.call_summary.updated", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/brief.call_summary.updated.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "brief.call_transcript.created", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/brief.call_transcript.created.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "brief.call_transcript.updated", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/brief.call_transcript.updated.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "brief.message.delivered", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/brief.message.delivered.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "brief.message.failed", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/brief.message.failed.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "brief.message.received", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/brief.message.received.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "brief.message.sent", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/brief.message.sent.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "brief.token.validated", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/brief.token.validated.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "call.answered", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/call.answered.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "call.completed", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/call.completed.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "call.forwarded", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/call.forwarded.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "call.menu.selected", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/call.menu.selected.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "call.missed", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/call.missed.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "call.recording.completed", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/call.recording.completed.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "call.ringing", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/call.ringing.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "call.summary.completed", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/call.summary.completed.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "call.transcript.completed", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/call.transcript.completed.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "call.voicemail.completed", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/call.voicemail.completed.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "contact.deleted", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/contact.deleted.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "contact.updated", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/contact.updated.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "legacy.call.completed.v2", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/legacy.call.completed.v2.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "legacy.call.completed.v4", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/legacy.call.completed.v4.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "legacy.call.recording.completed", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/legacy.call.recording.completed.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "legacy.call.ringing.v4", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/legacy.call.ringing.v4.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "legacy.call.summary.completed", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/legacy.call.summary.completed.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "legacy.call.transcript.completed", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/legacy.call.transcript.completed.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "legacy.callSummary", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/legacy.callSummary.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "legacy.callTranscript", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/legacy.callTranscript.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "legacy.message.delivered.v4", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/legacy.message.delivered.v4.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "legacy.message.received.v2", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/legacy.message.received.v2.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "legacy.message.received.v4", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/legacy.message.received.v4.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "message.delivered", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/message.delivered.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "message.failed", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/message.failed.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "message.received", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/message.received.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "message.undelivered", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/message.undelivered.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "task.assigned", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/task.assigned.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "task.completed", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/task.completed.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "task.created", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/task.created.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "task.deleted", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/task.deleted.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "task.duedate.removed", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/task.duedate.removed.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "task.duedate.updated", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/task.duedate.updated.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "task.linked", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/task.linked.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "task.overdue", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/task.overdue.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "task.reopened", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/task.reopened.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "task.unassigned", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/task.unassigned.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "task.unlinked", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/task.unlinked.json" suffix(, 0) if_empty(0)
}},
{"OpenPhone", "task.updated", (const unsigned char[]){
#embed "../../../Adapters/OpenPhone/Samples/task.updated.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "assistant-request", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/assistant-request.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "assistant.speechStarted", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/assistant.speechStarted.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "assistant.started", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/assistant.started.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "brief.call-connected", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/brief.call-connected.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "brief.call-ended", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/brief.call-ended.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "brief.call-in-progress", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/brief.call-in-progress.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "brief.call-started", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/brief.call-started.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "brief.end-of-call-report", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/brief.end-of-call-report.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "call.delete.failed", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/call.delete.failed.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "call.deleted", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/call.deleted.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "call.endpointing.request", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/call.endpointing.request.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "chat.created", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/chat.created.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "chat.deleted", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/chat.deleted.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "conversation-update", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/conversation-update.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "end-of-call-report", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/end-of-call-report.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "function-call", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/function-call.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "handoff-destination-request", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/handoff-destination-request.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "hang", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/hang.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "knowledge-base-request", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/knowledge-base-request.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "language-change-detected", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/language-change-detected.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "model-output", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/model-output.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "phone-call-control", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/phone-call-control.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "session.created", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/session.created.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "session.deleted", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/session.deleted.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "session.updated", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/session.updated.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "speech-update", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/speech-update.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "status-update.deletion-failed", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/status-update.deletion-failed.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "status-update.ended", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/status-update.ended.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "status-update.forwarding", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/status-update.forwarding.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "status-update.in-progress", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/status-update.in-progress.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "status-update.not-found", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/status-update.not-found.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "status-update.queued", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/status-update.queued.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "status-update.ringing", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/status-update.ringing.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "status-update.scheduled", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/status-update.scheduled.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "tool-calls", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/tool-calls.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "transcript.final-selector", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/transcript.final-selector.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "transcript.final", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/transcript.final.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "transcript.partial", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/transcript.partial.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "transfer-destination-request", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/transfer-destination-request.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "transfer-update", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/transfer-update.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "user-interrupted", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/user-interrupted.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "voice-input", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/voice-input.json" suffix(, 0) if_empty(0)
}},
{"Vapi", "voice-request", (const unsigned char[]){
#embed "../../../Adapters/Vapi/Samples/voice-request.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "agent.available", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/agent.available.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "agent.busy", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/agent.busy.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "agent.offline", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/agent.offline.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "agent.online", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/agent.online.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "agent.performance_updated", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/agent.performance_updated.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "api.error", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/api.error.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "api.rate_limit_exceeded", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/api.rate_limit_exceeded.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "appointment.cancelled", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/appointment.cancelled.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "appointment.completed", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/appointment.completed.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "appointment.confirmed", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/appointment.confirmed.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "appointment.reminder_sent", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/appointment.reminder_sent.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "appointment.rescheduled", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/appointment.rescheduled.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "appointment.scheduled", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/appointment.scheduled.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "call.answered", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/call.answered.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "call.ended", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/call.ended.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "call.missed", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/call.missed.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "call.recording_available", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/call.recording_available.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "call.started", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/call.started.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "call.transferred", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/call.transferred.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "campaign.completed", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/campaign.completed.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "campaign.paused", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/campaign.paused.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "campaign.performance_updated", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/campaign.performance_updated.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "campaign.started", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/campaign.started.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "crm.sync_completed", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/crm.sync_completed.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "crm.sync_failed", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/crm.sync_failed.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "custom.event", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/custom.event.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "endpoint-test", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/endpoint-test.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "lead.assigned", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/lead.assigned.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "lead.converted", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/lead.converted.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "lead.created", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/lead.created.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "lead.lost", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/lead.lost.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "lead.updated", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/lead.updated.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "notification.clicked", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/notification.clicked.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "notification.delivered", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/notification.delivered.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "notification.failed", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/notification.failed.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "notification.sent", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/notification.sent.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "system.backup_completed", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/system.backup_completed.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "system.error", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/system.error.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "system.health_alert", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/system.health_alert.json" suffix(, 0) if_empty(0)
}},
{"Vocelio", "system.maintenance", (const unsigned char[]){
#embed "../../../Adapters/Vocelio/Samples/system.maintenance.json" suffix(, 0) if_empty(0)
}},
{"Vogent", "brief.dial.ended", (const unsigned char[]){
#embed "../../../Adapters/Vogent/Samples/brief.dial.ended.json" suffix(, 0) if_empty(0)
}},
{"Vogent", "brief.dial.failed", (const unsigned char[]){
#embed "../../../Adapters/Vogent/Samples/brief.dial.failed.json" suffix(, 0) if_empty(0)
}},
{"Vogent", "brief.dial.started", (const unsigned char[]){
#embed "../../../Adapters/Vogent/Samples/brief.dial.started.json" suffix(, 0) if_empty(0)
}},
{"Vogent", "brief.dial.updated", (const unsigned char[]){
#embed "../../../Adapters/Vogent/Samples/brief.dial.updated.json" suffix(, 0) if_empty(0)
}},
{"Vogent", "dial.created", (const unsigned char[]){
#embed "../../../Adapters/Vogent/Samples/dial.created.json" suffix(, 0) if_empty(0)
}},
{"Vogent", "dial.extractor", (const unsigned char[]){
#embed "../../../Adapters/Vogent/Samples/dial.extractor.json" suffix(, 0) if_empty(0)
}},
{"Vogent", "dial.inbound", (const unsigned char[]){
#embed "../../../Adapters/Vogent/Samples/dial.inbound.json" suffix(, 0) if_empty(0)
}},
{"Vogent", "dial.recording_created", (const unsigned char[]){
#embed "../../../Adapters/Vogent/Samples/dial.recording_created.json" suffix(, 0) if_empty(0)
}},
{"Vogent", "dial.transcript", (const unsigned char[]){
#embed "../../../Adapters/Vogent/Samples/dial.transcript.json" suffix(, 0) if_empty(0)
}},
{"Vogent", "dial.updated.busy", (const unsigned char[]){
#embed "../../../Adapters/Vogent/Samples/dial.updated.busy.json" suffix(, 0) if_empty(0)
}},
{"Vogent", "dial.updated.canceled", (const unsigned char[]){
#embed "../../../Adapters/Vogent/Samples/dial.updated.canceled.json" suffix(, 0) if_empty(0)
}},
{"Vogent", "dial.updated.completed", (const unsigned char[]){
#embed "../../../Adapters/Vogent/Samples/dial.updated.completed.json" suffix(, 0) if_empty(0)
}},
{"Vogent", "dial.updated.failed", (const unsigned char[]){
#embed "../../../Adapters/Vogent/Samples/dial.updated.failed.json" suffix(, 0) if_empty(0)
}},
{"Vogent", "dial.updated.in-progress", (const unsigned char[]){
#embed "../../../Adapters/Vogent/Samples/dial.updated.in-progress.json" suffix(, 0) if_empty(0)
}},
{"Vogent", "dial.updated.no-answer", (const unsigned char[]){
#embed "../../../Adapters/Vogent/Samples/dial.updated.no-answer.json" suffix(, 0) if_empty(0)
}},
{"Vogent", "dial.updated.queued", (const unsigned char[]){
#embed "../../../Adapters/Vogent/Samples/dial.updated.queued.json" suffix(, 0) if_empty(0)
}},
{"Vogent", "dial.updated.ringing", (const unsigned char[]){
#embed "../../../Adapters/Vogent/Samples/dial.updated.ringing.json" suffix(, 0) if_empty(0)
}},
{"Vogent", "function-call", (const unsigned char[]){
#embed "../../../Adapters/Vogent/Samples/function-call.json" suffix(, 0) if_empty(0)
}},
{"Voqo", "call_ended.failed", (const unsigned char[]){
#embed "../../../Adapters/Voqo/Samples/call_ended.failed.json" suffix(, 0) if_empty(0)
}},
{"Voqo", "call_ended", (const unsigned char[]){
#embed "../../../Adapters/Voqo/Samples/call_ended.json" suffix(, 0) if_empty(0)
}},
