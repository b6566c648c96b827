/// What became of claims, in the forms that users ask for.
struct VerifyReport {
  let findings: [Finding]

  init(_ findings: [Finding]) { self.findings = findings }

  /// The report in a form, with a line end at its end.
  func rendered(as format: ReportFormat) throws -> String {
    switch format {
    case .table: text
    case .markdown: markdown
    case .csv: csv
    case .json: try json
    }
  }

  /// - Throws: `VerifyError` where a verdict is not the one on record.
  func check() throws(VerifyError) {
    let others = findings.filter { !$0.isAsRecorded }
    if !others.isEmpty { throw .otherVerdicts(others) }
  }

  /// How many claims have which verdict, in a sentence.
  var summary: String {
    let counts = Verdict.allCases.compactMap { verdict in
      let ids = findings.filter { $0.verdict == verdict }.map(\.claim.id)
      return ids.isEmpty ? nil : "\(ids.count) \(verdict.text) (\(ids.joined(separator: ", ")))"
    }
    return "Of \(findings.count) \(findings.count == 1 ? "claim" : "claims"): "
      + counts.joined(separator: "; ") + "."
  }
}

/// Why claims are not what they were.
enum VerifyError: Error, CustomStringConvertible {
  case otherVerdicts([Finding])

  var description: String {
    switch self {
    case .otherVerdicts(let findings):
      let sentences = findings.map { finding in
        "\(finding.claim.id) is \(finding.verdict.text), recorded as "
          + finding.claim.recorded.text
      }
      return "\(findings.count == 1 ? "A verdict is" : "Verdicts are") not as recorded: "
        + sentences.joined(separator: "; ") + "."
    }
  }
}
