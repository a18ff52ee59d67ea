extension Schema {
    /// The tables of version 0.1.0.
    static let webhooksEventsDeliveries = Migration(
        name: "0001-webhooks-events-deliveries",
        sql: """
            CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
            -- One row a webhook: what came in, and the record it is about as it was after it. A record's newest
            -- row holds its present state, so records are written once; `previous` leads to the row before.
            CREATE TABLE webhooks (
                seq INTEGER PRIMARY KEY, source TEXT NOT NULL, provider TEXT NOT NULL, received_at INTEGER NOT NULL,
                status INTEGER NOT NULL, reason TEXT, key TEXT NOT NULL, digest TEXT NOT NULL,
                headers BLOB NOT NULL, record_id TEXT, previous INTEGER, record BLOB, body BLOB NOT NULL);
            CREATE INDEX webhooks_set_aside ON webhooks (seq) WHERE status > 0;
            CREATE INDEX webhooks_of_messages ON webhooks (seq) WHERE substr(record_id, 1, 4) = 'msg_';
            CREATE TABLE events (
                seq INTEGER PRIMARY KEY, webhook INTEGER NOT NULL, type TEXT NOT NULL, source TEXT NOT NULL,
                subject TEXT, occurred_at INTEGER NOT NULL, derived INTEGER NOT NULL, native_type TEXT NOT NULL,
                native_id TEXT, changed TEXT NOT NULL, data BLOB);
            -- A delivery is in one of three tables: `pending` until its first attempt ends, `waiting` while it is
            -- to be attempted again, `deliveries` when its fate is settled. So each is written once in the good
            -- case, and a million that wait are in nobody's way.
            CREATE TABLE pending (
                seq INTEGER PRIMARY KEY, event INTEGER NOT NULL, route TEXT NOT NULL, send INTEGER NOT NULL,
                endpoint TEXT NOT NULL);
            CREATE TABLE waiting (
                seq INTEGER PRIMARY KEY, event INTEGER NOT NULL, route TEXT NOT NULL, send INTEGER NOT NULL,
                endpoint TEXT NOT NULL, attempts INTEGER NOT NULL, forgiven INTEGER NOT NULL,
                due_at INTEGER NOT NULL, body BLOB);
            CREATE INDEX waiting_due ON waiting (due_at);
            CREATE TABLE deliveries (
                seq INTEGER PRIMARY KEY, event INTEGER NOT NULL, route TEXT NOT NULL, send INTEGER NOT NULL,
                endpoint TEXT NOT NULL, state INTEGER NOT NULL, attempts INTEGER NOT NULL, forgiven INTEGER NOT NULL,
                finished_at INTEGER NOT NULL, status INTEGER, duration_ms INTEGER, reused INTEGER, reason TEXT,
                body BLOB);
            CREATE INDEX deliveries_dead ON deliveries (seq) WHERE state = 2;
            CREATE INDEX deliveries_discarded ON deliveries (seq) WHERE state = 3;
            -- Failed attempts; the successful one is in its delivery's row.
            CREATE TABLE attempts (
                delivery INTEGER NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL, duration_ms INTEGER NOT NULL,
                status INTEGER, error TEXT, excerpt TEXT, reused INTEGER NOT NULL, PRIMARY KEY (delivery, number)
            ) WITHOUT ROWID;
            -- Where keys lead: kind 1, dedupe key to webhook; kind 2, record id to its newest webhook. New entries
            -- are appended to the log and merged in sorted blocks, since a random insert would dirty a page each.
            CREATE TABLE key_log (
                n INTEGER PRIMARY KEY, kind INTEGER NOT NULL, hash INTEGER NOT NULL, webhook INTEGER NOT NULL,
                body_hash INTEGER NOT NULL);
            CREATE TABLE keys (
                kind INTEGER NOT NULL, hash INTEGER NOT NULL, webhook INTEGER NOT NULL, body_hash INTEGER NOT NULL,
                PRIMARY KEY (kind, hash)) WITHOUT ROWID;
            """)
}
