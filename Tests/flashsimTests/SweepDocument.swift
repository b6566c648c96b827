import Foundation
import Testing

/// The JSON of `flashsim sweep`: schema `flashsim.sweep/1`, every field with its type.
struct Sweep: Decodable {
  let schema: String
  let context: Document.Context
  let mode: String
  let points: [Point]
  let fits: [Fit]

  struct Point: Decodable, Equatable {
    let algorithm: String
    let pass: String
    let mask: String
    let shape: Document.Shape
    let dtype: String
    let sram: SRAM
    let blocks: Document.Blocks
    let density: Double?
    let liveBlocks: Int
    let liveFraction: Double
    let hbm: Document.Moved
    let main: Document.Moved
    let forBlocks: Document.Moved
    let closedForm: Document.Moved
  }

  struct SRAM: Decodable, Equatable {
    let capacityBytes: Int?
  }

  struct Fit: Decodable {
    let algorithm: String
    let pass: String
    let accesses: String
    let exponents: [String: Double]
    let constant: Double?
    let rSquared: Double?
    let inseparable: [[String]]
    let points: Int

    enum CodingKeys: String, CodingKey {
      case algorithm, pass, accesses, exponents, constant, rSquared, inseparable, points
    }
  }

  init(_ text: String) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    self = try decoder.decode(Sweep.self, from: Data(text.utf8))
  }
}

/// Runs `flashsim sweep`, which is to succeed without a word on standard error.
func quietSweep(_ line: String, in scratch: Scratch? = nil) async throws -> String {
  let arguments = ["sweep"] + line.split(separator: " ").map(String.init)
  let outcome = try await flashsim(arguments, in: scratch)
  #expect(outcome.status == 0, "\(line)")
  #expect(outcome.errors == "", "\(line)")
  return outcome.output
}

/// The JSON of a sweep.
func sweep(_ line: String) async throws -> Sweep {
  try Sweep(await quietSweep(line + " --format json"))
}
