import Foundation
import TensorFiles

/// A folder that is removed at the end of the object's life.
final class Scratch {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "flashsimTests-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// The path of a file in the folder.
  func path(_ name: String) -> String { folder.appending(path: name).path }

  /// An empty file, open for writing.
  func newFile(_ name: String) throws -> FileHandle {
    try write(Data(), to: name)
    return try FileHandle(forWritingTo: folder.appending(path: name))
  }

  func write(_ data: Data, to name: String) throws {
    try data.write(to: folder.appending(path: name))
  }

  func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(
      at: folder.appending(path: name), withIntermediateDirectories: false)
  }

  func data(_ name: String) throws -> Data { try Data(contentsOf: folder.appending(path: name)) }

  func text(_ name: String) throws -> String { String(decoding: try data(name), as: UTF8.self) }

  /// The names of all files.
  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
  }

  /// The tensors of a file.
  func tensors(_ name: String) throws -> TensorFile { try TensorFile(path: path(name)) }

  /// Writes a .safetensors or .npz file of f32 tensors.
  func writeTensors(_ tensors: [(String, Sample)], to name: String) throws {
    var writer = TensorFileWriter()
    for (tensor, sample) in tensors {
      try writer.add(.init(name: tensor, shape: sample.shape, values: sample.values))
    }
    try writer.write(to: path(name))
  }

  /// Writes an .npy file.
  func writeNPY(_ sample: Sample, to name: String) throws {
    let shape = sample.shape.map { "\($0)," }.joined(separator: " ")
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(shape)), }\n"
    var data = Data([0x93] + Array("NUMPY".utf8) + [1, 0])
    data.append(contentsOf: [UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8)])
    data.append(contentsOf: Array(header.utf8))
    sample.values.withUnsafeBytes { data.append(contentsOf: $0) }
    try write(data, to: name)
  }
}

/// Numbers for tests, which are a smooth function of their place.
struct Sample {
  let shape: [Int]
  var values: [Float]

  init(_ shape: Int..., phase: Float) {
    self.shape = shape
    values = (0..<shape.reduce(1, *)).map { Foundation.sin(Float($0) * 0.37 + phase) }
  }

  /// Queries, keys and values of 2 heads, 12 tokens and 8 features.
  static var problem: [(String, Sample)] {
    [
      ("q", Sample(2, 12, 8, phase: 0)), ("k", Sample(2, 12, 8, phase: 1)),
      ("v", Sample(2, 12, 8, phase: 2)),
    ]
  }

  /// The problem, with a batch of one.
  static var problemWithBatch: [(String, Sample)] {
    problem.map { ($0.0, Sample(shape: [1] + $0.1.shape, values: $0.1.values)) }
  }

  init(shape: [Int], values: [Float]) {
    self.shape = shape
    self.values = values
  }
}

extension TensorFile {
  /// The numbers of an f32 tensor.
  func floats(_ name: String) throws -> [Float] {
    try tensor(named: name).bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
  }

  func shape(_ name: String) throws -> [Int] { try tensor(named: name).shape }
}

/// numpy, where it is installed.
enum Python {
  static let hasNumPy = (try? run("import numpy", in: Scratch())) == true

  /// Runs a program in a folder; false where it fails.
  static func run(_ program: String, in scratch: Scratch) throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", program]
    process.currentDirectoryURL = scratch.folder
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}
