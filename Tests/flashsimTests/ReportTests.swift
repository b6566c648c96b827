import Foundation
import Testing

@Suite("The report")
struct ReportTests {
  @Test("names its CSV columns in the documentation")
  func columns() async throws {
    let columns = try #require(
      try await quietRun("--tokens 4 --algorithm flash2 --mode count --format csv")
        .split(separator: "\n").first)
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../docs/json.md")
    let words = try String(contentsOf: file, encoding: .utf8)
      .split(whereSeparator: \.isWhitespace).joined()
    #expect(words.contains(columns))
  }

  @Test("as CSV has a line of names, and a line a run that agrees with the JSON")
  func csv() async throws {
    let line = "--tokens 16,24 --algorithm flash1,flash2 --mode count"
    let lines = cells(csv: try await quietRun(line + " --format csv"))
    let runs = try await runs(line)
    try #require(lines.count == 5)
    #expect(lines.allSatisfy { $0.count == lines[0].count })
    for (cells, run) in zip(lines.dropFirst(), runs) {
      let value = Dictionary(uniqueKeysWithValues: zip(lines[0], cells))
      #expect(value["algorithm"] == run.algorithm)
      #expect(value["shape.queries"] == "\(run.shape.queries)")
      #expect(value["hbm.read_bytes"] == "\(run.hbm.readBytes)")
      #expect(value["hbm.written_elements"] == "\(run.hbm.writtenElements)")
      #expect(value["error.max_abs"] == "")
    }
  }

  @Test("as Markdown has a table with a rule, and as many bars in each line")
  func markdown() async throws {
    let text = try await quietRun("--tokens 16 --heads 1,2 --format markdown")
    let rows = text.split(separator: "\n").filter { $0.hasPrefix("|") }
    try #require(rows.count == 2 + 6)
    let bars = rows.map { row in row.count { $0 == "|" } }
    #expect(Set(bars).count == 1 && rows.allSatisfy { $0.hasSuffix(" |") })
    #expect(rows[1].allSatisfy { "|-: ".contains($0) })
    // A table begins and ends with an empty line.
    #expect(text.contains("\n\n|") && text.contains("|\n\n"))
  }

  @Test("as a table names in one line what all runs share, and in columns the rest")
  func table() async throws {
    let text = try await quietRun("--tokens 16 --heads 1,2 --algorithm flash1,flash2")
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    try #require(lines.count >= 9)
    #expect(lines[0].hasPrefix("standard normal data · batch 1 · queries 16 · keys 16 · d 64 · "))
    #expect(lines[0].contains("seed 0") && lines[0].contains("SRAM 192 KiB"))
    #expect(lines[1].isEmpty)
    #expect(lines[2].hasPrefix("algorithm  heads  blocks"))
    #expect(!lines[2].contains("batch") && !lines[2].contains("queries"))
    #expect(
      lines[3...6].map { $0.split(separator: " ").dropFirst().first } == ["1", "1", "2", "2"])
    #expect(lines[7].isEmpty)
    #expect(lines[8].hasSuffix("of float64."))
  }

  @Test("names the row that its closing sentence is about where there are several problems")
  func finding() async throws {
    let several = try await quietRun("--tokens 16,256 --algorithm flash2")
    #expect(several.contains("\nRow 2: flash2 moves "))
    let one = try await quietRun("--tokens 256 --algorithm flash1,flash2")
    #expect(one.contains("\nflash2 moves "))
  }

  @Test("gives capacities as they were given")
  func capacities() async throws {
    let text = try await quietRun(
      "--tokens 16 --algorithm flash1 --sram 100KB,25600el,unlimited --mode count")
    for capacity in [" / 100 KB ", " / 100 KiB ", " / unlimited "] {
      #expect(text.contains(capacity))
    }
  }

  @Test("is exported as it is printed")
  func export() async throws {
    let scratch = try Scratch()
    let names = ["json": "a.json", "csv": "b.csv", "markdown": "c.md"]
    let line =
      "--tokens 16 --export a.json --export b.csv --export c.md --export D.JSON --format "
    for (format, name) in names {
      let printed = try await quietRun(line + format, in: scratch)
      #expect(try scratch.text(name) == printed)
      #expect(try scratch.text("D.JSON") == scratch.text("a.json"))
    }
    #expect(try scratch.names == ["D.JSON", "a.json", "b.csv", "c.md"])
  }
}
