import Foundation
import Testing

@Suite("flashsim bounds")
struct BoundsTests {
  /// The parts of `flashsim.bounds/1` that are looked at.
  private struct Document: Decodable {
    struct Point: Decodable {
      struct SRAM: Decodable { let capacity_bytes: Int? }
      struct Bound: Decodable {
        let elements: Int
        let bytes: Int
        let source: String
      }
      struct Moved: Decodable {
        let read_elements: Int
        let written_elements: Int
        let read_bytes: Int
        let written_bytes: Int
      }
      struct Least: Decodable {
        let algorithm: String
        let hbm: Moved
        let ratio: Double
      }
      let sram: SRAM
      let bound: Bound
      let algorithms: [Least]
    }
    let schema: String
    let points: [Point]
  }

  private func document(_ line: String) async throws -> Document {
    let outcome = try await flashsim(
      ["bounds"] + line.split(separator: " ").map(String.init) + ["--format", "json"])
    #expect(outcome.status == 0 && outcome.errors == "")
    return try JSONDecoder().decode(Document.self, from: Data(outcome.output.utf8))
  }

  @Test("has 64 capacities, falls as they grow, and is under every algorithm")
  func curve() async throws {
    let curve = try await document("--tokens 512")
    #expect(curve.schema == "flashsim.bounds/1")
    #expect(curve.points.count == 64)
    var last: [String: Int] = ["bound": .max]
    for point in curve.points {
      #expect(point.bound.elements <= last["bound"]!)
      #expect(point.bound.bytes == 4 * point.bound.elements)
      #expect(!point.bound.source.isEmpty)
      last["bound"] = point.bound.elements
      for least in point.algorithms {
        let elements = least.hbm.read_elements + least.hbm.written_elements
        #expect(elements >= point.bound.elements)
        #expect(abs(least.ratio * Double(point.bound.elements) - Double(elements)) < 1)
        // The others look at all blocks, square tiling at some.
        if least.algorithm != "square-tiling" {
          #expect(elements <= last[least.algorithm] ?? .max)
          last[least.algorithm] = elements
        }
      }
    }
    #expect(Set(last.keys) == ["bound", "standard", "flash1", "flash2"])
  }

  @Test("shows where square tiling is best, and where FlashAttention is")
  func crossing() async throws {
    let curve = try await document("--tokens 1024 --head-dim 128 --sram 2KiB..2MiBx:11")
    func best(_ point: Document.Point) -> String? {
      point.algorithms.min { $0.ratio < $1.ratio }?.algorithm
    }
    #expect(best(curve.points[0]) == "square-tiling")
    #expect(best(curve.points[10]) == "flash2")
  }

  @Test("comes as a table, Markdown and CSV, and says elements or bytes")
  func forms() async throws {
    let line = ["bounds", "--tokens", "64", "--sram", "2KiB,64KiB", "--algorithm", "flash1,flash2"]
    let table = try await flashsim(line).output
    #expect(table.contains("HBM accesses in elements"))
    #expect(table.contains("moves the fewest elements from"))
    let csv = try await flashsim(line + ["--format", "csv"]).output.split(separator: "\n")
    #expect(
      csv.count == 5
        && Set(csv.map { $0.split(separator: ",", omittingEmptySubsequences: false).count }).count
          == 1
    )
    #expect(try await flashsim(line + ["--format", "markdown"]).output.contains("flash1 |"))
  }

  @Test(
    "answers mistakes by one sentence and status 64",
    arguments: [
      ("--tokens 0", "Please give positive sizes: --tokens is 0."),
      ("--sram 1KiB..2MiBx:2000", "Please give at most 1000 capacities, not 2000."),
      ("--algorithm flash2,", "Please give --algorithm"),
    ])
  func mistakes(line: String, sentence: String) async throws {
    let outcome = try await flashsim(
      ["bounds"] + line.split(separator: " ").map(String.init))
    #expect(outcome.status == 64)
    #expect(outcome.errors.hasPrefix("Error: " + sentence))
  }
}
