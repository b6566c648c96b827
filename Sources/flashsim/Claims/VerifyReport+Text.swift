extension VerifyReport {
  /// A paragraph a claim, no wider than 100 columns.
  var text: String {
    findings.map { paragraph($0) + "\n" }.joined() + wrapped(summary, indent: 0)
  }

  /// A table of all claims, and a section for each.
  var markdown: String {
    let verdicts = TextTable(columns: [
      column("claim") { $0.claim.id },
      column("in the paper") { $0.claim.section },
      column("verdict") { $0.verdict.text },
    ])
    return
      ([
        "# The claims of the FlashAttention paper\n",
        "Written by `flashsim verify --format markdown`; numbers and verdicts are measured.\n",
        summary + "\n", verdicts.markdown,
      ] + findings.map(section)).joined(separator: "\n")
  }

  private func paragraph(_ finding: Finding) -> String {
    let claim = finding.claim
    let verdict = finding.verdict.text.uppercased()
    return
      ([
        wrapped("\(claim.id)  \(verdict)  \(claim.section)", indent: 0),
        wrapped(claim.statement, indent: 4), wrapped(finding.judgement, indent: 4),
      ]
      + finding.evidence.map { wrapped("\($0.mark) \($0.sentence)", indent: 4, hanging: 2) }
      + [wrapped("$ \(claim.command)", indent: 4, hanging: 2)]).joined()
  }

  private func section(_ finding: Finding) -> String {
    let claim = finding.claim
    func cells(_ title: String, isText: Bool = true, _ cell: (Evidence) -> String)
      -> TextTable.Column
    {
      TextTable.Column(
        title: title, cells: finding.evidence.map { cell($0).replacing("|", with: "\\|") },
        isText: isText)
    }
    let table = TextTable(columns: [
      cells("measured", \.what), cells("value", isText: false, \.quantity),
      cells("needed", \.needed),
      cells("holds") { $0.bearing == .figure ? "" : $0.holds ? "yes" : "no" },
    ])
    return """
      ## \(claim.id): \(finding.verdict.text)

      **The paper** (\(claim.section)). \(claim.statement)

      **Found.** \(finding.judgement)

      \(table.markdown)
      **See** `\(claim.command)`

      """
  }

  private func column(_ title: String, _ cell: (Finding) -> String) -> TextTable.Column {
    TextTable.Column(title: title, cells: findings.map(cell), isText: true)
  }
}

extension Finding {
  /// Why the verdict is what it is; where it is not the recorded one, that.
  fileprivate var judgement: String {
    isAsRecorded
      ? claim.explanation
      : "This verdict is not the one on record, which is: \(claim.recorded.text)."
  }
}

extension Evidence {
  /// Whether the value is what it has to be, as a sign.
  fileprivate var mark: String { bearing == .figure ? "·" : holds ? "✓" : "✗" }

  /// The value and its unit.
  fileprivate var quantity: String { unit.isEmpty ? value.text : "\(value.text) \(unit)" }

  /// What was measured, the value, and what it has to be.
  fileprivate var sentence: String {
    if case .truth = value { return "\(what): \(quantity)" }
    return "\(what): \(quantity)" + (needed.isEmpty ? "" : " (\(needed))")
  }
}

/// Text in lines of at most 100 characters, each with a line end; lines after the first have a further
/// indent.
private func wrapped(_ text: String, indent: Int, hanging: Int = 0) -> String {
  var lines: [String] = []
  var line = String(repeating: " ", count: indent)
  var isEmpty = true
  for word in text.split(separator: " ", omittingEmptySubsequences: false) {
    if !isEmpty && line.count + 1 + word.count > 100 {
      lines.append(line)
      line = String(repeating: " ", count: indent + hanging)
      isEmpty = true
    }
    line += isEmpty ? String(word) : " " + word
    isEmpty = false
  }
  return (lines + [line]).map { $0 + "\n" }.joined()
}
