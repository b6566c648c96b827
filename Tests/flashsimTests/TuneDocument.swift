import Foundation
import Testing

/// The JSON of `flashsim tune`: schema `flashsim.tune/1`, every field with its type.
struct Tune: Decodable {
  let schema: String
  let context: Document.Context
  let runs: [Run]

  struct Run: Decodable {
    let algorithm: String
    let pass: String
    let mask: String
    let dropout: Double
    let softcap: Double?
    let shape: Document.Shape
    let dtype: String
    let accumulator: String
    let sram: Sweep.SRAM
    let search: Search
    let choices: [Choice]
    let budget: [Kernel]
    let devices: [DeviceFit]

    /// The choice of a name, where there is one.
    subscript(name: String) -> Choice? { choices.first { $0.name == name } }
  }

  struct Search: Decodable {
    let candidates: Int
    let exhaustive: Bool
  }

  struct Choice: Decodable {
    let name: String
    let blocks: Document.Blocks
    let footprintBytes: Int
    let fits: Bool
    let hbm: Document.Moved
    let ratio: Double

    /// The bytes that move either way.
    var bytes: Int { hbm.readBytes + hbm.writtenBytes }
  }

  struct Kernel: Decodable {
    let kernel: String
    let shares: [Share]

    /// The sum of the shares, in bytes.
    var bytes: Int { shares.reduce(0) { $0 + $1.bytes } }
  }

  struct Share: Decodable {
    let name: String
    let bytes: Int
  }

  struct DeviceFit: Decodable {
    let name: String
    let sramBytes: Int
    let fits: Bool
  }

  init(_ text: String) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    self = try decoder.decode(Tune.self, from: Data(text.utf8))
  }
}

/// Runs `flashsim tune`, which is to succeed without a word on standard error.
func quietTune(_ line: String, in scratch: Scratch? = nil) async throws -> String {
  let arguments = ["tune"] + line.split(separator: " ").map(String.init)
  let outcome = try await flashsim(arguments, in: scratch)
  #expect(outcome.status == 0, "\(line)")
  #expect(outcome.errors == "", "\(line)")
  return outcome.output
}

/// The runs of `flashsim tune … --format json`.
func tune(_ line: String) async throws -> [Tune.Run] {
  let document = try Tune(await quietTune(line + " --format json"))
  #expect(document.schema == "flashsim.tune/1")
  return document.runs
}
