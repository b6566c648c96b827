import Foundation
import Testing

@Suite("flashsim verify")
struct VerifyTests {
  /// The JSON: schema `flashsim.verify/1`, every field with its type.
  struct Report: Decodable {
    struct Claim: Decodable {
      let id: String
      let section: String
      let statement: String
      let verdict: String
      let recorded: String
      let explanation: String
      let command: String
      let evidence: [Evidence]
    }

    struct Evidence: Decodable {
      let what: String
      let value: Value
      let unit: String
      let needed: String
      let bearing: String
      let holds: Bool
    }

    /// A number or a truth value.
    enum Value: Decodable, Equatable {
      case number(Double)
      case truth(Bool)

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let truth = try? container.decode(Bool.self) {
          self = .truth(truth)
        } else {
          self = .number(try container.decode(Double.self))
        }
      }

      /// The value of a cell of the CSV.
      init?(cell: String) {
        switch cell {
        case "yes": self = .truth(true)
        case "no": self = .truth(false)
        default:
          guard let number = Double(cell) else { return nil }
          self = .number(number)
        }
      }
    }

    let schema: String
    let context: Document.Context
    let claims: [Claim]

    init(_ text: String) throws {
      self = try JSONDecoder().decode(Report.self, from: Data(text.utf8))
    }
  }

  /// Runs the command, which is to succeed without a word on standard error.
  private func verify(_ line: String) async throws -> String {
    let outcome = try await flashsim(["verify"] + line.split(separator: " ").map(String.init))
    #expect(outcome.status == 0 && outcome.errors == "", "\(outcome.errors)")
    return outcome.output
  }

  @Test("gives every claim the verdict that is on record, and no evidence without a sentence")
  func all() async throws {
    let report = try Report(await verify("--format json"))
    #expect(report.schema == "flashsim.verify/1")
    #expect(report.claims.map(\.id) == (1...22).map { "C\($0)" })
    for claim in report.claims {
      #expect(claim.verdict == claim.recorded, "\(claim.id)")
      #expect(claim.evidence.contains { $0.bearing == "claim" }, "\(claim.id)")
      for evidence in claim.evidence {
        #expect(evidence.needed.isEmpty == (evidence.bearing == "figure"), "\(claim.id)")
        #expect(evidence.holds || evidence.bearing != "figure")
      }
    }
    func ids(_ verdict: String) -> [String] {
      report.claims.filter { $0.verdict == verdict }.map(\.id)
    }
    #expect(ids("not-confirmed") == ["C16"])
    #expect(ids("outside") == ["C17", "C21"])
    #expect(Set(ids("conditional")).isSuperset(of: ["C4", "C6", "C10", "C13", "C20"]))
    #expect(Set(ids("confirmed")).isSuperset(of: ["C1", "C2", "C3", "C5", "C7", "C8"]))
  }

  @Test("counts the 40.3 and 4.4 GB of Figure 2, and not its GFLOPs")
  func figure2() async throws {
    let claim = try #require(try Report(await verify("C10 --format json")).claims.first)
    func evidence(_ value: Double, _ bearing: String) -> Report.Evidence? {
      claim.evidence.first { $0.value == .number(value) && $0.bearing == bearing }
    }
    // 18Y + 12X and 33X of 1024 heads, N = 1024 and d = 64, in f16; 12N²d and 14N²d.
    for value in [40_265_318_400, 40.3, 4.4, 824_633_720_832, 962_072_674_304] {
      #expect(evidence(value, "claim")?.holds == true, "\(value)")
    }
    for value in [824.6, 962.1] {
      #expect(evidence(value, "generality")?.holds == false, "\(value)")
    }
    #expect(claim.verdict == "conditional")
  }

  @Test("has the same evidence in the CSV and in the JSON")
  func csv() async throws {
    let line = "C4 C8 C3"
    let report = try Report(await verify(line + " --format json"))
    #expect(report.claims.map(\.id) == ["C3", "C4", "C8"])
    let lines = quotedCells(csv: try await verify(line + " --format csv"))
    #expect(
      lines[0] == [
        "id", "section", "verdict", "recorded", "what", "value", "unit", "needed", "bearing",
        "holds",
      ])
    let expected = report.claims.flatMap { claim in claim.evidence.map { (claim, $0) } }
    #expect(lines.count == expected.count + 1)
    for (cells, (claim, evidence)) in zip(lines.dropFirst(), expected) {
      #expect(
        [cells[0], cells[1], cells[2], cells[3], cells[4], cells[6], cells[7], cells[8], cells[9]]
          == [
            claim.id, claim.section, claim.verdict, claim.recorded, evidence.what, evidence.unit,
            evidence.needed, evidence.bearing, "\(evidence.holds)",
          ])
      #expect(Report.Value(cell: cells[5]) == evidence.value)
    }
  }

  @Test("prints a paragraph a claim in 100 columns, and as Markdown a section")
  func text() async throws {
    let text = try await verify("c4")
    #expect(text.hasPrefix("C4  CONFIRMED UNDER A CONDITION  §3.2, Theorem 2\n"))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 })
    #expect(text.hasSuffix("Of 1 claim: 1 confirmed under a condition (C4).\n"))
    let markdown = try await verify("C4 --format markdown")
    #expect(markdown.contains("## C4: confirmed under a condition\n"))
  }

  @Test("exports what it prints")
  func export() async throws {
    let scratch = try Scratch()
    let outcome = try await flashsim(
      ["verify", "C5", "--export", "claims.md", "--format", "markdown"], in: scratch)
    #expect(outcome.status == 0)
    #expect(try scratch.text("claims.md") == outcome.output)
  }

  @Test(
    "answers a claim that there is not by one sentence and status 64",
    arguments: ["C23", "C0", "4", "C4,C5"])
  func unknown(name: String) async throws {
    let outcome = try await flashsim(["verify", "C4", name])
    #expect(outcome.status == 64 && outcome.output == "")
    #expect(outcome.complaint == "Please give claims C1 to C22, not '\(name)'.")
  }
}

/// Lines of cells, some of which are quoted; no cell has a line end.
private func quotedCells(csv: String) -> [[String]] {
  csv.split(separator: "\n").map { line in
    var cells = [""]
    var isQuoted = false
    for character in line {
      if character == "\"" {
        isQuoted.toggle()
      } else if character == "," && !isQuoted {
        cells.append("")
      } else {
        cells[cells.count - 1].append(character)
      }
    }
    return cells
  }
}
