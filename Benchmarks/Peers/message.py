"""The body that both services send: the six fields of the route in bench.yaml."""

import json


def message(call: dict) -> bytes:
    summary = call["call_summary"] or ""
    return json.dumps(
        {
            "external_id": call["id"],
            "customer": call["from_phone"],
            "direction": (call["direction"] or "unknown").upper(),
            "minutes": round(call["duration"] / 60, 1),
            "turns": len(call["timestamps"]),
            "summary": summary if len(summary) <= 80 else summary[:77] + "...",
        }
    ).encode()
