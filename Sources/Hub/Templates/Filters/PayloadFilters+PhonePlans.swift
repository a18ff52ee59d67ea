/// What is known about the numbers of one country calling code.
struct PhonePlan: Sendable {
    struct Groups: Sendable {
        /// What numbers of this form begin with; the empty text for all.
        let starts: [String]
        let sizes: [Int]
    }

    /// The country calling code, without `+`.
    let code: String
    /// The prefix of a number that is dialled inside the country; nil where nothing does or it is not known.
    let trunk: String?
    /// Digits of a number without country code and trunk prefix.
    let lengths: ClosedRange<Int>
    /// What is dialled before a foreign country code.
    let exits: [String]
    let groups: [Groups]

    func fits(_ count: Int) -> Bool { lengths.contains(count) }

    /// The plan of a region by its two letters of ISO 3166.
    static func of(region: String) -> PhonePlan? { codes[region.uppercased()].map(plan) }

    /// The plan of a number that begins with its country calling code; no code is the beginning of another.
    static func of(number: [UInt8]) -> PhonePlan? {
        for count in 1...3 where number.count > count {
            let code = String(decoding: number[..<count], as: UTF8.self)
            if known.contains(code) { return plan(code) }
        }
        return nil
    }

    private static func plan(_ code: String) -> PhonePlan {
        plans[code] ?? PhonePlan(code, nil, 4...(15 - code.utf8.count), [])
    }

    private init(
        _ code: String, _ trunk: String?, _ lengths: ClosedRange<Int>, exits: [String] = ["00"], _ groups: [Groups]
    ) {
        (self.code, self.trunk, self.lengths, self.exits, self.groups) = (code, trunk, lengths, exits, groups)
    }

    private static let plans: [String: PhonePlan] = Dictionary(
        uniqueKeysWithValues: [
            PhonePlan("1", nil, 10...10, exits: ["011"], [Groups(starts: [""], sizes: [3, 3, 4])]),
            PhonePlan(
                "61", "0", 6...10, exits: ["0011"],
                [
                    Groups(starts: ["4", "5"], sizes: [3, 3, 3]),
                    Groups(starts: ["2", "3", "7", "8"], sizes: [1, 4, 4]),
                    Groups(starts: ["13"], sizes: [2, 2, 2]), Groups(starts: ["1"], sizes: [4, 3, 3]),
                ]),
            PhonePlan(
                "64", "0", 8...10,
                [
                    Groups(starts: ["2"], sizes: [2, 3, 4]), Groups(starts: ["2"], sizes: [2, 3, 3]),
                    Groups(starts: ["2"], sizes: [2, 4, 4]),
                    Groups(starts: ["3", "4", "6", "7", "9"], sizes: [1, 3, 4]),
                ]),
            PhonePlan(
                "44", "0", 9...10,
                [
                    Groups(starts: ["2"], sizes: [2, 4, 4]), Groups(starts: ["7"], sizes: [4, 6]),
                    Groups(starts: ["3", "8", "9"], sizes: [3, 3, 4]), Groups(starts: ["1"], sizes: [4, 6]),
                ]),
            PhonePlan(
                "353", "0", 7...9, [Groups(starts: ["8"], sizes: [2, 3, 4]), Groups(starts: ["1"], sizes: [1, 3, 4])]),
            PhonePlan("33", "0", 9...9, [Groups(starts: [""], sizes: [1, 2, 2, 2, 2])]),
            PhonePlan("31", "0", 9...9, [Groups(starts: ["6"], sizes: [1, 4, 4])]),
            PhonePlan("32", "0", 8...9, [Groups(starts: ["4"], sizes: [3, 2, 2, 2])]),
            PhonePlan("41", "0", 9...9, [Groups(starts: [""], sizes: [2, 3, 2, 2])]),
            PhonePlan("46", "0", 7...9, []),
            PhonePlan("49", "0", 5...12, []),
            PhonePlan("43", "0", 4...13, []),
            PhonePlan("34", nil, 9...9, [Groups(starts: [""], sizes: [3, 3, 3])]),
            PhonePlan("351", nil, 9...9, [Groups(starts: [""], sizes: [3, 3, 3])]),
            PhonePlan("39", nil, 6...11, [Groups(starts: ["3"], sizes: [3, 3, 4])]),
            PhonePlan("45", nil, 8...8, [Groups(starts: [""], sizes: [2, 2, 2, 2])]),
            PhonePlan("47", nil, 5...8, [Groups(starts: ["4", "9"], sizes: [3, 2, 3])]),
            PhonePlan("48", nil, 9...9, [Groups(starts: [""], sizes: [3, 3, 3])]),
            PhonePlan("65", nil, 8...8, exits: ["000", "001", "002"], [Groups(starts: [""], sizes: [4, 4])]),
            PhonePlan("852", nil, 8...8, exits: ["001"], [Groups(starts: [""], sizes: [4, 4])]),
            PhonePlan("81", "0", 9...10, exits: ["010"], [Groups(starts: ["70", "80", "90"], sizes: [2, 4, 4])]),
            PhonePlan("82", "0", 8...10, exits: ["001", "002"], [Groups(starts: ["10"], sizes: [2, 4, 4])]),
            PhonePlan("86", "0", 7...12, [Groups(starts: ["1"], sizes: [3, 4, 4])]),
            PhonePlan("91", "0", 10...10, [Groups(starts: ["6", "7", "8", "9"], sizes: [5, 5])]),
            PhonePlan("92", "0", 9...10, [Groups(starts: ["3"], sizes: [3, 7])]),
            PhonePlan(
                "60", "0", 7...10, [Groups(starts: ["1"], sizes: [2, 3, 4]), Groups(starts: ["1"], sizes: [2, 4, 4])]),
            PhonePlan("62", "0", 7...12, exits: ["001", "007"], []),
            PhonePlan("63", "0", 8...10, [Groups(starts: ["9"], sizes: [3, 3, 4])]),
            PhonePlan("66", "0", 8...9, exits: ["001"], [Groups(starts: ["6", "8", "9"], sizes: [2, 3, 4])]),
            PhonePlan("84", "0", 8...10, [Groups(starts: ["3", "5", "7", "8", "9"], sizes: [2, 3, 2, 2])]),
            PhonePlan("27", "0", 9...9, [Groups(starts: [""], sizes: [2, 3, 4])]),
            PhonePlan("971", "0", 8...9, [Groups(starts: ["5"], sizes: [2, 3, 4])]),
            PhonePlan("972", "0", 8...9, [Groups(starts: ["5"], sizes: [2, 3, 4])]),
            PhonePlan(
                "55", "0", 10...11, exits: [],
                [Groups(starts: [""], sizes: [2, 5, 4]), Groups(starts: [""], sizes: [2, 4, 4])]),
            PhonePlan("52", nil, 10...10, [Groups(starts: [""], sizes: [2, 4, 4])]),
        ].map { ($0.code, $0) })

    /// Every assigned country calling code of geographic numbers, and the shared ones (800, 870, 88x).
    private static let known: Set<String> = Set(codes.values).union([
        "800", "808", "870", "878", "881", "882", "883", "888", "979",
    ])

    /// Country calling codes by region.
    private static let codes: [String: String] = {
        let list =
            "1:US,CA,AG,AI,AS,BB,BM,BS,DM,DO,GD,GU,JM,KN,KY,LC,MP,MS,PR,SX,TC,TT,VC,VG,VI 20:EG 211:SS 212:MA,EH 213:DZ "
            + "216:TN 218:LY 220:GM 221:SN 222:MR 223:ML 224:GN 225:CI 226:BF 227:NE 228:TG 229:BJ 230:MU 231:LR 232:SL "
            + "233:GH 234:NG 235:TD 236:CF 237:CM 238:CV 239:ST 240:GQ 241:GA 242:CG 243:CD 244:AO 245:GW 246:IO 247:AC "
            + "248:SC 249:SD 250:RW 251:ET 252:SO 253:DJ 254:KE 255:TZ 256:UG 257:BI 258:MZ 260:ZM 261:MG 262:RE,YT "
            + "263:ZW 264:NA 265:MW 266:LS 267:BW 268:SZ 269:KM 27:ZA 290:SH 291:ER 297:AW 298:FO 299:GL 30:GR 31:NL "
            + "32:BE 33:FR 34:ES 350:GI 351:PT 352:LU 353:IE 354:IS 355:AL 356:MT 357:CY 358:FI,AX 359:BG 36:HU 370:LT "
            + "371:LV 372:EE 373:MD 374:AM 375:BY 376:AD 377:MC 378:SM 380:UA 381:RS 382:ME 383:XK 385:HR 386:SI 387:BA "
            + "389:MK 39:IT,VA 40:RO 41:CH 420:CZ 421:SK 423:LI 43:AT 44:GB,GG,IM,JE 45:DK 46:SE 47:NO,SJ 48:PL 49:DE "
            + "500:FK 501:BZ 502:GT 503:SV 504:HN 505:NI 506:CR 507:PA 508:PM 509:HT 51:PE 52:MX 53:CU 54:AR 55:BR 56:CL "
            + "57:CO 58:VE 590:GP,BL,MF 591:BO 592:GY 593:EC 594:GF 595:PY 596:MQ 597:SR 598:UY 599:CW,BQ 60:MY "
            + "61:AU,CC,CX 62:ID 63:PH 64:NZ 65:SG 66:TH 670:TL 672:NF 673:BN 674:NR 675:PG 676:TO 677:SB 678:VU 679:FJ "
            + "680:PW 681:WF 682:CK 683:NU 685:WS 686:KI 687:NC 688:TV 689:PF 690:TK 691:FM 692:MH 7:RU,KZ 81:JP 82:KR "
            + "84:VN 850:KP 852:HK 853:MO 855:KH 856:LA 86:CN 880:BD 886:TW 90:TR 91:IN 92:PK 93:AF 94:LK 95:MM 960:MV "
            + "961:LB 962:JO 963:SY 964:IQ 965:KW 966:SA 967:YE 968:OM 970:PS 971:AE 972:IL 973:BH 974:QA 975:BT 976:MN "
            + "977:NP 98:IR 992:TJ 993:TM 994:AZ 995:GE 996:KG 998:UZ"
        var result: [String: String] = [:]
        for entry in list.split(separator: " ") {
            let parts = entry.split(separator: ":")
            guard parts.count == 2 else { continue }
            for region in parts[1].split(separator: ",") { result[String(region)] = String(parts[0]) }
        }
        return result
    }()
}
