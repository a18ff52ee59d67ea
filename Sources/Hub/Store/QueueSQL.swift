/// Ways into the queue for those who know a delivery's number but not its endpoint.
enum QueueSQL {
    /// A common table expression, `ends (endpoint)`: every endpoint with a queue, found by skipping from one to the next.
    static let endpoints = """
        WITH RECURSIVE ends (endpoint) AS (
            SELECT min(endpoint) FROM queue
            UNION ALL SELECT (SELECT min(q.endpoint) FROM queue q WHERE q.endpoint > ends.endpoint) FROM ends
            WHERE ends.endpoint IS NOT NULL)
        """

    /// The delivery of that number if it was never attempted: it is due at the moment of its number.
    static func pending(of sequence: String) -> String {
        """
        ends CROSS JOIN queue q ON q.endpoint = ends.endpoint AND q.due_at = \(sequence) >> 20 AND q.seq = \(sequence)
        """
    }

    /// Which rows are to be attempted again; the words of the index `queue_waiting`.
    static let isWaiting = "(attempts > 0 OR due_at <> seq >> 20)"
}
