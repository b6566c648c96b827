import Foundation
import Testing

@Suite("flashsim reproduce")
struct ReproduceTests {
  /// `flashsim.reproduce/1`.
  private struct Document: Decodable {
    let schema: String
    let reproductions: [Entry]
  }

  private struct Entry: Decodable {
    let name: String
    let configuration: String
    let assumptions: [String]
    let rows: [Row]

    /// A row by its quantity.
    func row(_ quantity: String) throws -> Row {
      try #require(rows.first { $0.quantity == quantity }, "\(quantity)")
    }
  }

  private struct Row: Decodable {
    struct Reference: Decodable {
      let text: String
      let value: Double
      let source: String
    }
    let quantity: String
    let reference: Reference?
    let ours: Double
    let unit: String
    let count: Int?
    let sumOf: [String]
    let ratio: Double?
    let agreement: String?
  }

  private func reproductions(_ names: String) async throws -> [Entry] {
    let outcome = try await flashsim(["reproduce", names, "--format", "json"])
    #expect(outcome.status == 0 && outcome.errors == "")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let document = try decoder.decode(Document.self, from: Data(outcome.output.utf8))
    #expect(document.schema == "flashsim.reproduce/1")
    return document.reproductions
  }

  static let names = [
    "figure2-left", "figure2-middle", "figure2-right", "figure3-memory", "theorem2", "theorem5",
    "proposition4",
  ]

  @Test("has sums that are those of their parts, and ratios of what they say, in every report")
  func sums() async throws {
    let all = try await reproductions("all")
    #expect(all.map(\.name) == Self.names)
    for entry in all {
      #expect(!entry.configuration.isEmpty && !entry.assumptions.isEmpty && !entry.rows.isEmpty)
      #expect(entry.assumptions.allSatisfy { $0.hasSuffix(".") })
      #expect(Set(entry.rows.map(\.quantity)).count == entry.rows.count, "\(entry.name)")
      for row in entry.rows {
        if !row.sumOf.isEmpty {
          let parts = try row.sumOf.map { try #require(try entry.row($0).count) }
          #expect(row.count == parts.reduce(0, +), "\(row.quantity)")
        }
        if let reference = row.reference, reference.value != 0 {
          #expect(row.ratio == row.ours / reference.value)
        }
        #expect((row.agreement == nil) == (row.reference.map { $0.source == "plot" } ?? true))
      }
    }
  }

  @Test("finds 18Y + 12X and 33X for Figure 2, left, and FLOPs that are not the printed ones")
  func figure2Left() async throws {
    let entry = try #require(try await reproductions("figure2-left").first)
    let X = 1024 * 1024 * 64 * 2
    let Y = 1024 * 1024 * 1024 * 2
    let scores = 1024 * 1024 * 1024
    for (quantity, count, agreement) in [
      ("HBM of standard attention", 18 * Y + 12 * X, "rounded"),
      ("HBM of FlashAttention", 33 * X, "rounded"),
      ("HBM of FlashAttention, forward", 13 * X, nil),
      ("HBM of FlashAttention, backward", 20 * X, nil),
      ("Algorithms 1 and 4 as printed", 38 * X, nil),
      ("matrix operations of standard attention", 12 * 64 * scores, "none"),
      ("matrix operations of FlashAttention", 14 * 64 * scores, "none"),
      ("a 16th of these and 14 a score, standard attention", 62 * scores, "rounded"),
      ("a 16th of these and 14 a score, FlashAttention", 70 * scores, "rounded"),
    ] {
      let row = try entry.row(quantity)
      #expect(row.count == count, "\(quantity)")
      #expect(row.agreement == agreement, "\(quantity)")
    }
    // The scaling of K and dK, the mask of dS, and the mask, which all heads share, twice.
    let left = try #require(try entry.row("HBM with what the paper leaves out").count)
    #expect(left == 20 * Y + 16 * X + 2 * 1024 * 1024)
  }

  @Test("finds (3Tc + 1)X for Figure 2, middle, within a sixth of what was read off")
  func figure2Middle() async throws {
    let entry = try #require(try await reproductions("figure2-middle").first)
    let X = 1024 * 1024 * 64 * 2
    for Bc in [64, 128, 256, 512] {
      let row = try entry.row("HBM at Bc \(Bc)")
      #expect(row.count == (3 * 1024 / Bc + 1) * X)
      #expect(row.reference?.source == "plot")
    }
    for row in entry.rows { if let ratio = row.ratio { #expect(abs(ratio - 1) < 1.0 / 6) } }
  }

  @Test("finds accesses and operations in proportion to the blocks for Figure 2, right")
  func figure2Right() async throws {
    let entry = try #require(try await reproductions("figure2-right").first)
    for algorithm in ["flash1", "flash2"] {
      for percent in [20, 40, 60, 80, 100] {
        // Of 1024 blocks.
        let live = (Double(percent) * 10.24).rounded() / 1024
        for what in ["HBM for blocks", "matrix operations"] {
          #expect(try entry.row("\(algorithm), \(percent) %: \(what)").ours == live)
        }
      }
    }
  }

  @Test(
    "finds every printed megabyte of Table 21 for PyTorch, Megatron, FlashAttention and Linformer")
  func figure3Memory() async throws {
    let entry = try #require(try await reproductions("figure3-memory").first)
    let other = entry.rows.filter { $0.agreement.map { $0 != "rounded" } ?? false }
    #expect(
      other.map(\.quantity) == [
        "FlashAttention, N 512", "Block-Sparse FlashAttention, N 512",
        "Block-Sparse FlashAttention, N 32768", "Block-Sparse FlashAttention, N 65536",
      ])
    #expect(other.map(\.agreement) == ["truncated", "truncated", "none", "none"])
    #expect(entry.rows.count { $0.reference != nil } == 6 + 5 + 10 + 10 + 6)
    #expect(try entry.row("FlashAttention, N 512").ours == 104.5)
    #expect(try entry.row("PyTorch Attention, N 4096").ours == 17024)
  }

  @Test("finds the exponents and constants of the theorems", arguments: ["theorem2", "theorem5"])
  func theorems(name: String) async throws {
    let entry = try #require(try await reproductions(name).first)
    for row in entry.rows {
      #expect(row.agreement == "rounded", "\(row.quantity)")
      let value = try #require(row.reference?.value)
      #expect(abs(row.ours - value) <= 0.05 + 0.001 * abs(value), "\(row.quantity)")
    }
    let constant = try entry.row("flash1, Bc = M/4d, constant").ours
    #expect(abs(constant / (name == "theorem2" ? 12 : 20) - 1) < 2e-4)
  }

  @Test("finds 2Nd and 3Tc·Nd·s for Proposition 4")
  func proposition4() async throws {
    let entry = try #require(try await reproductions("proposition4").first)
    #expect(try abs(entry.row("intercept over Nd").ours - 2) < 1e-9)
    #expect(try abs(entry.row("slope over Nd, Tc = 64").ours - 192) < 1e-9)
  }

  @Test("comes as CSV that agrees with the JSON, as a table and as Markdown, and is exported")
  func forms() async throws {
    let scratch = try Scratch()
    let line = ["reproduce", "theorem2,proposition4"]
    let csv = try await flashsim(
      line + ["--format", "csv", "--export", "a.md", "--export", "b.json"], in: scratch
    ).output.split(separator: "\n")
    let rows = try await reproductions("theorem2,proposition4").flatMap(\.rows)
    try #require(csv.count == rows.count + 1)
    for (line, row) in zip(csv.dropFirst(), rows) {
      let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
      #expect(parts[1] == row.quantity)
      let cells = parts[2].split(separator: ",", omittingEmptySubsequences: false)
      #expect(Double(cells[4]) == row.ours && cells[5] == row.unit)
      #expect(cells[8] == row.agreement ?? "")
    }
    let table = try await flashsim(line).output
    #expect(table.contains("quantity") && table.contains("theorem2 · forward"))
    #expect(
      try await flashsim(line + ["--format", "markdown"]).output == scratch.text("a.md"))
    #expect(try scratch.text("b.json").contains("flashsim.reproduce/1"))
  }

  @Test(
    "answers an unknown name by one sentence with all names",
    arguments: ["figure9", "theorem2,", "all,theorem2"])
  func mistakes(names: String) async throws {
    let outcome = try await flashsim(["reproduce", names])
    #expect(outcome.status == 64)
    #expect(
      outcome.complaint
        == "Please name \(Self.names.joined(separator: ", ")) or all, or some joined by commas, "
        + "not '\(names)'.")
  }
}
