extension VerifyReport {
  /// A line for each piece of evidence, under a line of names.
  var csv: String {
    let names = [
      "id", "section", "verdict", "recorded", "what", "value", "unit", "needed", "bearing", "holds",
    ]
    let lines = findings.flatMap { finding in
      finding.evidence.map { evidence in
        [
          finding.claim.id, finding.claim.section, finding.verdict.rawValue,
          finding.claim.recorded.rawValue, evidence.what, evidence.value.text, evidence.unit,
          evidence.needed, evidence.bearing.rawValue, "\(evidence.holds)",
        ]
      }
    }
    return ([names] + lines).map { $0.map(csvCell).joined(separator: ",") + "\n" }.joined()
  }

  /// The JSON that scripts read; see docs/json.md.
  var json: String {
    get throws {
      try reportJSON(
        VerifyDocument(context: .host, claims: findings.map(VerifyDocument.Claim.init)))
    }
  }
}

/// The schema `flashsim.verify/1`. Names are fixed.
private struct VerifyDocument: Encodable {
  var schema = "flashsim.verify/1"
  let context: RunDocument.Context
  let claims: [Claim]

  struct Claim: Encodable {
    let id: String
    let section: String
    let statement: String
    let verdict: String
    let recorded: String
    let explanation: String
    let command: String
    let evidence: [Measurement]

    init(_ finding: Finding) {
      id = finding.claim.id
      section = finding.claim.section
      statement = finding.claim.statement
      verdict = finding.verdict.rawValue
      recorded = finding.claim.recorded.rawValue
      explanation = finding.claim.explanation
      command = finding.claim.command
      evidence = finding.evidence.map(Measurement.init)
    }
  }

  struct Measurement: Encodable {
    let what: String
    let value: Evidence.Value
    let unit: String
    let needed: String
    let bearing: String
    let holds: Bool

    init(_ evidence: Evidence) {
      what = evidence.what
      value = evidence.value
      unit = evidence.unit
      needed = evidence.needed
      bearing = evidence.bearing.rawValue
      holds = evidence.holds
    }
  }
}

extension Evidence.Value: Encodable {
  /// A number or truth value, with the digits of the other reports.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .count(let count): try container.encode(count)
    case .number: try container.encode(Double(text))
    case .truth(let truth): try container.encode(truth)
    }
  }
}
