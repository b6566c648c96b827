import Foundation
import Testing

@Suite("flashsim bench")
struct BenchTests {
  /// The parts of `flashsim.bench/1` that are looked at.
  private struct Document: Decodable {
    struct Series: Decodable {
      let threads: Int
      let work: Double
      let repeats: Int
      let seconds: [Double]
      let threadSeconds: [Double]?
    }
    struct Resource: Decodable {
      let resource: String
      let measured: Series
    }
    struct Range: Decodable {
      let lower: Double
      let median: Double
      let upper: Double
    }
    struct Roofline: Decodable {
      let products: Double
      let exp: Double
      let bytes: Double
      let bound: String
      let floor: Double
    }
    struct Blocks: Decodable, Equatable {
      let rows: Int
      let columns: Int
    }
    struct Run: Decodable {
      let blocks: Blocks
      let pass: String
      let mask: String
      let tokens: Int
      let heads: Int
      let headDim: Int
      let dtype: String
      let threads: Int
      let pairs: Int
      let operations: Double
      let flash2: Series
      let naive: Series?
      let naiveReason: String?
      let peak: Series
      let ratio: Range?
      let roofline: Roofline
      let noise: String
    }
    let schema: String
    let host: [Resource]
    let runs: [Run]
  }

  private func bench(_ line: String, in scratch: Scratch? = nil) async throws -> Outcome {
    try await flashsim(["bench"] + line.split(separator: " ").map(String.init), in: scratch)
  }

  @Test("measures what it was asked for, in every form")
  func smoke() async throws {
    let scratch = try Scratch()
    let outcome = try await bench(
      "--shapes 16x2x8 --pass forward,backward,both --threads 1,2 --dtype f32,f16 --blocks 8x4 --pairs 1 "
        + "--format json --export report.csv --export report.md", in: scratch)
    #expect(outcome.status == 0 && outcome.errors == "")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let document = try decoder.decode(Document.self, from: Data(outcome.output.utf8))
    #expect(document.schema == "flashsim.bench/1")
    let resources = document.host.map { "\($0.resource) \($0.measured.threads)" }
    #expect(
      resources
        == [1, 2].flatMap { threads in
          ["fma", "sgemm", "exp", "read", "copy"].map { "\($0) \(threads)" }
        })
    #expect(document.runs.count == 3 * 2 * 2 * 2)
    #expect(
      document.host.allSatisfy { $0.measured.seconds.count == 1 && $0.measured.seconds[0] > 0 })
    for run in document.runs {
      let isPlain = run.mask == "none" && run.pass == "forward"
      let factor =
        ["forward": 4.0, "backward": 10, "both": 14][run.pass]! / (run.mask == "causal" ? 2 : 1)
      #expect(run.operations == factor * 16 * 16 * 8 * 2)
      #expect((run.naive != nil) == isPlain && (run.naiveReason == nil) == isPlain)
      #expect((run.ratio != nil) == isPlain)
      #expect((run.flash2.threadSeconds != nil) == (run.threads == 1))
      #expect(run.peak.threads == run.threads && run.pairs == 1)
      #expect(run.roofline.products > 0 && run.roofline.exp > 0 && run.roofline.bytes > 0)
      #expect(run.blocks == .init(rows: 8, columns: 4))
      #expect(run.noise == "unknown")
    }
    let csv = cells(csv: try scratch.text("report.csv"))
    #expect(csv.count == 25 && Set(csv.map(\.count)) == [29])
    #expect(try scratch.text("report.md").contains("| tokens |"))
  }

  @Test(
    "answers mistakes by one sentence and status 64",
    arguments: [
      (
        "--shapes 16x2",
        "Please give --shapes positive TOKENSxHEADSxDIM such as 1024x16x64, not '16x2'."
      ),
      (
        "--shapes 0x2x8",
        "Please give --shapes positive TOKENSxHEADSxDIM such as 1024x16x64, not '0x2x8'."
      ),
      (
        "--shapes 8x2x8 --tokens 8",
        "Please give either --shapes, or --tokens, --heads and --head-dim."
      ),
      ("--heads 8", "Please give --tokens with --heads and --head-dim."),
      ("--tokens 0", "Please give positive sizes: --tokens is 0."),
      ("--threads 0", "Please give --threads 1 to 4096, not 0."),
      ("--pairs 0", "Please give --pairs 1 to 100000, not 0."),
      ("--mask window", "Please give --mask none or causal, not 'window'."),
    ])
  func mistakes(line: String, sentence: String) async throws {
    let outcome = try await bench(line)
    #expect(outcome.status == 64)
    #expect(outcome.complaint == sentence)
  }
}
