/// What filters and tests cost that take longer than a step for every 64 bytes, or every 8 elements, that they read and
/// write: measured, and rounded up so that no step takes more than a tenth of a microsecond.
///
/// `template-bench costs` measures them; docs/template-costs.md has the figures.
enum Weights {
    static let filters: [String: Int] = [
        "filesizeformat": 24, "get": 8, "compact": 16, "reverse": 16, "selectattr": 4, "rejectattr": 4, "tojson": 96,
        "json": 96, "pprint": 96, "regex_find": 128, "regex_match": 128, "regex_replace": 128,
        "wordcount": 20, "trim": 16, "title": 18, "capitalize": 18, "lower": 16, "upper": 16, "indent": 20, "join": 24,
        "parse_time": 24, "e164": 40, "phone": 40, "format": 16, "urlize": 40, "unique": 40, "mask": 10, "slug": 10,
        "any": 24, "split": 8, "center": 8, "querystring": 8, "find": 24, "forceescape": 8, "escape": 8, "e": 8,
        "replace": 8, "float": 6, "int": 6, "string": 8, "safe": 6, "prefix": 6, "suffix": 6, "unbase64": 6, "max": 6,
        "min": 6, "sum": 6, "sort": 6, "groupby": 12, "where": 24, "urlencode": 6, "striptags": 6, "ascii": 6,
        "base64url": 4, "sha512": 4, "hmac": 4, "currency": 6, "urlsegment": 4, "truncate": 4, "truncate_bytes": 4,
        "fromjson": 6, "digits": 4, "escape_xml": 4, "wordwrap": 16, "csv_row": 6, "xmlattr": 4, "dictsort": 12,
        "without": 48, "merge": 6, "sum_by": 32, "map": 4, "format_time": 6, "datetime": 6,
    ]
    static let tests: [String: Int] = ["lower": 40, "upper": 40, "filter": 16, "test": 16, "in": 4, "eq": 2]
}
