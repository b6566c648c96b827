import Foundation

/// A folder that is removed at the end of the object's life.
final class Scratch {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "TensorFiles-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// The path of a file in the folder.
  func path(_ name: String) -> String { folder.appending(path: name).path }

  /// Writes a file, and gives its path.
  func write(_ bytes: Bytes, to name: String) throws -> String {
    try Data(bytes.array).write(to: folder.appending(path: name))
    return path(name)
  }

  /// The contents of a file.
  func read(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appending(path: name)))
  }

  /// The names of all files.
  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
  }

  /// The path of a file that is kept with the tests.
  static func fixture(_ name: String) -> String {
    Bundle.module.bundleURL.appending(path: "Fixtures").appending(path: name).path
  }
}

/// The reference implementation of npy and npz, where it is installed.
enum Python {
  /// Whether python3 has numpy.
  static let hasNumPy = (try? run("import numpy")) != nil

  struct Failure: Error {
    let text: String
  }

  /// Runs a program, and gives what it prints.
  static func run(_ program: String, _ arguments: String...) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", program] + arguments
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let complaint = String(
      decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(text: complaint) }
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
