package import HubModel

// The form in which lists and single rows leave the hub: in the command line's `--json`, and wherever else they are read by
// programs. Names once published stay.

extension EventRow {
    package var json: JSON {
        [
            "id": .string(id), "type": .string(type), "source": .string(source),
            "subject": subject.map(JSON.string) ?? .null,
            "occurred_at": .string(occurredAt.description), "changed": .array(changed.map(JSON.string)),
            "native": ["type": .string(nativeType), "id": nativeID.map(JSON.string) ?? .null],
            "derived": .bool(derived),
        ]
    }
}

extension WebhookRow {
    /// A webhook that did not become events, with what the provider sent.
    package var setAsideJSON: JSON {
        [
            "id": .string(id), "source": .string(source), "received_at": .string(receivedAt.description),
            "status": .string(status.rawValue), "reason": reason.map(JSON.string) ?? .null,
            "body": .string(String(decoding: body, as: UTF8.self)),
        ]
    }
}

extension RecordRow {
    package var json: JSON { record.json }
}

extension DeliveryRow {
    package var json: JSON {
        [
            "id": .string(id), "state": .string(state.rawValue), "event": .string(event), "type": .string(eventType),
            "route": .string(route), "endpoint": .string(endpoint), "attempts": .int(attempts),
            "at": .string(at.description),
            "status": status.map(JSON.int) ?? .null,
            "duration_ms": duration.map { .int(Int($0.milliseconds)) } ?? .null,
            "reason": reason.map(JSON.string) ?? .null,
        ]
    }

    /// The same with every attempt that is kept and the body that was sent.
    package func json(with attempts: [Attempt]) -> JSON {
        var json = json.object ?? JSONObject()
        json["attempts"] = .array(attempts.map(\.json))
        json["body"] = body.map { (try? JSON(parsing: $0)) ?? .string(String(decoding: $0, as: UTF8.self)) }
        return .object(json)
    }
}

extension Attempt {
    package var json: JSON {
        [
            "number": .int(number), "at": .string(at.description), "duration_ms": .int(Int(duration.milliseconds)),
            "status": status.map(JSON.int) ?? .null, "error": error.map(JSON.string) ?? .null,
            "excerpt": excerpt.map(JSON.string) ?? .null, "reused_connection": .bool(reusedConnection),
        ]
    }
}

extension Event {
    /// The event with its deliveries and, if wanted, the JSON that the provider sent.
    package func json(with deliveries: [DeliveryRow], raw includesRaw: Bool = false) -> JSON {
        var json = json.object ?? JSONObject()
        json["deliveries"] = .array(deliveries.map(\.json))
        if includesRaw { json["raw"] = raw }
        return .object(json)
    }
}
