import AdapterKit

extension OpenPhone {
    /// What a webhook says of its message. App-made legacy webhooks write `body` and one `to`, others `text` and a list.
    static func message(_ subject: JSON, context: JSON, id: String, status: MessageStatus) -> Message {
        var message = Message()
        message.providerMessageID = id
        message.conversationID = context.text("conversationId") ?? subject.text("conversationId")
        message.direction = direction(subject) ?? (status == .received ? .inbound : nil)
        message.status = status
        message.from = context.text("senderIdentifier") ?? subject.texts("from").first
        let recipients = context.texts("recipientIdentifiers")
        message.to = recipients.isEmpty ? subject.texts("to") : recipients
        message.text = subject.text("text") ?? subject.text("body")
        message.media = subject.list("media").compactMap { item in
            if let url = item.string { return url.isEmpty ? nil : Message.Media(url: url) }
            return item.text("url").map { Message.Media(url: $0, contentType: item.text("type")) }
        }
        message.channel = message.media.isEmpty ? .sms : .mms
        message.error = error(subject)
        message.createdAt = subject.time("createdAt")
        message.agentID = context.text("userId") ?? subject.text("userId")
        if message.agentID != nil { message.agentKind = .human }
        return message
    }

    private static func error(_ subject: JSON) -> Failure? {
        let code = subject.text("errorCode") ?? subject.text("error", "code")
        let words = subject.text("errorMessage") ?? subject.text("error", "message") ?? subject.text("error")
        return code == nil && words == nil ? nil : Failure(code: code, message: words)
    }
}
