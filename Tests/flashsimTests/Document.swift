import Foundation
import Testing

/// The JSON of `flashsim run`: schema `flashsim.run/1`, every field with its type.
struct Document: Decodable {
  let schema: String
  let context: Context
  let runs: [Run]

  struct Context: Decodable {
    let version: String
    let cpu: String
    let simd: String
    let threads: Int
    let command: [String]
  }

  struct Run: Decodable {
    let algorithm: String
    let pass: String
    let mask: String
    let bias: String?
    let pattern: String
    let liveBlocks: Int
    let mode: String
    let shape: Shape
    let dtype: String
    let accumulator: String
    let scale: Double
    let blocks: Blocks
    let splits: Int?
    let sram: SRAM
    let hbm: Moved
    let memory: Memory
    let phases: [String: Moved]
    let tensors: [String: Moved]
    let closedForm: Moved
    let standard: Moved
    let flops: FLOPs
    let error: Deviation?
    let naive: Naive?
    let seconds: Double
  }

  struct Shape: Decodable, Equatable {
    let batch: Int
    let heads: Int
    let kvHeads: Int
    let queries: Int
    let keys: Int
    let headDim: Int
    let valueDim: Int
  }

  struct Blocks: Decodable, Equatable {
    let rows: Int
    let columns: Int
  }

  struct SRAM: Decodable {
    let capacityBytes: Int?
    let peakBytes: Int
  }

  struct Moved: Decodable, Equatable {
    let readElements: Int
    let writtenElements: Int
    let readBytes: Int
    let writtenBytes: Int

    static func + (a: Moved, b: Moved) -> Moved {
      Moved(
        readElements: a.readElements + b.readElements,
        writtenElements: a.writtenElements + b.writtenElements,
        readBytes: a.readBytes + b.readBytes, writtenBytes: a.writtenBytes + b.writtenBytes)
    }

    static let zero = Moved(readElements: 0, writtenElements: 0, readBytes: 0, writtenBytes: 0)
  }

  struct Memory: Decodable {
    let inputBytes: Int
    let outputBytes: Int
    let savedBytes: Int
    let temporaryBytes: Int
    let totalBytes: Int
    let tensors: [String: Int]
  }

  struct FLOPs: Decodable {
    let matmul: Int
    let exp: Int
    let other: Int
  }

  struct Deviation: Decodable {
    let reference: String
    let maxAbs: Double
    let tensor: String
    let rows: Int
  }

  struct Naive: Decodable {
    let maxAbs: Double
    let seconds: Double
  }

  init(_ text: String) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    self = try decoder.decode(Document.self, from: Data(text.utf8))
  }
}

/// The runs of `flashsim run … --format json`.
func runs(_ line: String, in scratch: Scratch? = nil) async throws -> [Document.Run] {
  try Document(await quietRun(line + " --format json", in: scratch)).runs
}

/// Lines of cells that are separated by commas, none of which is quoted.
func cells(csv: String) -> [[String]] {
  csv.split(separator: "\n").map { line in
    line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }
}
