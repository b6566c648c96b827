import Foundation
import Testing

/// What the command `flashsim` did.
struct Outcome {
  let status: Int32
  /// Standard output.
  let output: String
  /// Standard error.
  let errors: String

  /// What the only line on standard error says, without "Error: "; nil where there is more or less.
  var complaint: String? {
    let lines = errors.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count == 2, lines[1].isEmpty, lines[0].hasPrefix("Error: ") else { return nil }
    return String(lines[0].dropFirst(7))
  }
}

/// Runs the command that was built beside these tests, in a folder of its own.
func flashsim(
  _ arguments: [String], in scratch: Scratch? = nil
) async throws -> Outcome {
  let process = Process()
  process.executableURL = Bundle.module.bundleURL.deletingLastPathComponent()
    .appending(path: "flashsim")
  process.arguments = arguments
  let logs = try Scratch()
  let scratch = try scratch ?? Scratch()
  process.currentDirectoryURL = scratch.folder
  process.environment = ProcessInfo.processInfo.environment.filter { $0.key != "COLUMNS" }
  process.standardInput = FileHandle.nullDevice
  process.standardOutput = try logs.newFile("output")
  process.standardError = try logs.newFile("errors")
  try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
    process.terminationHandler = { _ in ended.resume() }
    do { try process.run() } catch { ended.resume(throwing: error) }
  }
  #expect(process.terminationReason == .exit, "\(arguments)")
  return Outcome(
    status: process.terminationStatus, output: try logs.text("output"),
    errors: try logs.text("errors"))
}

/// Runs `flashsim run` with arguments that are written as in a shell, without quotes.
func run(_ line: String, in scratch: Scratch? = nil) async throws -> Outcome {
  try await flashsim(["run"] + line.split(separator: " ").map(String.init), in: scratch)
}

/// Runs `flashsim run`, which is to succeed without a word on standard error.
func quietRun(_ line: String, in scratch: Scratch? = nil) async throws -> String {
  let outcome = try await run(line, in: scratch)
  #expect(outcome.status == 0, "\(line)")
  #expect(outcome.errors == "", "\(line)")
  return outcome.output
}

/// The example that comes with the package.
let example = URL(filePath: #filePath).deletingLastPathComponent()
  .appending(path: "../../Examples/minilm-layer0.safetensors").standardized.path
