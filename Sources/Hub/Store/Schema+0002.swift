import HubModel
import SQLite

extension Schema {
    /// The tables that take half the room: names as numbers, derived events without rows, one queue for each endpoint.
    ///
    /// What a table named `old_…` holds is still to be moved; `meta` says so until nothing is left.
    static let wordsAndQueue = Migration(
        name: "0002-words-and-queue",
        sql: """
            INSERT INTO meta VALUES ('moving', '0002-words-and-queue');
            DROP INDEX webhooks_set_aside;
            DROP INDEX webhooks_of_messages;
            DROP INDEX waiting_due;
            DROP INDEX deliveries_dead;
            DROP INDEX deliveries_discarded;
            ALTER TABLE webhooks RENAME TO old_webhooks;
            ALTER TABLE events RENAME TO old_events;
            ALTER TABLE pending RENAME TO old_pending;
            ALTER TABLE waiting RENAME TO old_waiting;
            ALTER TABLE deliveries RENAME TO old_deliveries;
            -- Names that rows repeat: sources, providers, endpoints, routes, event types, digests, kinds of record.
            CREATE TABLE words (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
            -- The kind of nearly every record, which has no index.
            INSERT INTO words VALUES (1, 'call');
            -- One row a webhook: what came in, and the record it is about as it was after it. A record's newest row holds
            -- its present state; `previous` leads to the row before. Events and deliveries of a webhook are numbered
            -- after it and before the next webhook.
            CREATE TABLE webhooks (
                seq INTEGER PRIMARY KEY, source INTEGER NOT NULL, provider INTEGER NOT NULL, received_at INTEGER NOT NULL,
                status INTEGER NOT NULL, reason TEXT, key TEXT NOT NULL, digest INTEGER NOT NULL, headers BLOB NOT NULL,
                kind INTEGER, record_id BLOB, previous INTEGER, record BLOB, body BLOB NOT NULL);
            CREATE INDEX webhooks_set_aside ON webhooks (seq) WHERE status > 0;
            CREATE INDEX webhooks_of_kind ON webhooks (kind, seq) WHERE kind > 1;
            -- One row a primary event. The types of the events derived from it are in `derived`; they have the numbers
            -- after its own and no rows. `webhook` is how far its number is behind its webhook's. Flags: 1, the event
            -- shows the record; 2, it is a derived event that has a row.
            CREATE TABLE events (
                seq INTEGER PRIMARY KEY, webhook INTEGER NOT NULL, source INTEGER NOT NULL, type INTEGER NOT NULL,
                derived BLOB, flags INTEGER NOT NULL, occurred_at INTEGER NOT NULL, native_type TEXT NOT NULL,
                native_id TEXT, changed INTEGER NOT NULL, data BLOB);
            -- Deliveries to be attempted, in the order in which each endpoint is due to get them. One that was never
            -- attempted is due at the moment of its number. `event` is how far its number is behind its event's.
            CREATE TABLE queue (
                endpoint INTEGER NOT NULL, due_at INTEGER NOT NULL, seq INTEGER NOT NULL, event INTEGER NOT NULL,
                route INTEGER NOT NULL, send INTEGER NOT NULL, attempts INTEGER NOT NULL, forgiven INTEGER NOT NULL,
                PRIMARY KEY (endpoint, due_at, seq)) WITHOUT ROWID;
            CREATE INDEX queue_waiting ON queue (seq) WHERE attempts > 0 OR due_at <> seq >> 20;
            -- What attempts have sent, for those that come after them.
            CREATE TABLE bodies (delivery INTEGER PRIMARY KEY, body BLOB NOT NULL);
            -- Deliveries whose fate is settled.
            CREATE TABLE deliveries (
                seq INTEGER PRIMARY KEY, event INTEGER NOT NULL, endpoint INTEGER NOT NULL, route INTEGER NOT NULL,
                send INTEGER NOT NULL, state INTEGER NOT NULL, attempts INTEGER NOT NULL, forgiven INTEGER NOT NULL,
                finished_at INTEGER NOT NULL, status INTEGER, duration_ms INTEGER, reused INTEGER, reason TEXT);
            CREATE INDEX deliveries_dead ON deliveries (seq) WHERE state = 2;
            CREATE INDEX deliveries_discarded ON deliveries (seq) WHERE state = 3;
            """)
}
