internal import FlashCore
internal import TensorFiles

/// A block pattern in a file, as `file:PATH` names it.
struct PatternFile {
  /// Where it is.
  let path: String

  /// The file that a name means, or nil where it means none.
  init?(name: String) {
    let prefix = "file:"
    guard name.hasPrefix(prefix), name != prefix else { return nil }
    path = String(name.dropFirst(prefix.count))
  }

  /// The blocks in the file's only tensor.
  ///
  /// - Throws: `TensorFileError` or `RunError` where there is no such tensor.
  func read() throws -> [[Bool]] {
    let file = try TensorFile(path: path)
    let names = file.names
    guard let name = names.first, names.count == 1 else {
      throw RunError.patternCount(path: path, count: names.count)
    }
    let entry = try file.tensor(named: name)
    if entry.element != .bool {
      throw RunError.patternElement(path: path, element: "\(entry.element)")
    }
    guard entry.shape.count == 2, !entry.shape.contains(0) else {
      throw RunError.patternShape(path: path, shape: entry.shape)
    }
    let columns = entry.shape[1]
    return entry.bytes.withUnsafeBytes { bytes in
      (0..<entry.shape[0]).map { i in bytes[i * columns..<(i + 1) * columns].map { $0 != 0 } }
    }
  }
}

extension [RunConfiguration] {
  /// The same runs with the patterns that are in files, each of which is read once.
  func readingPatterns() throws -> [RunConfiguration] {
    var patterns: [String: BlockPattern] = [:]
    return try map { configuration in
      guard let file = PatternFile(name: configuration.patternName) else { return configuration }
      let pattern = try patterns[file.path] ?? .blocks(file.read())
      patterns[file.path] = pattern
      var configuration = configuration
      configuration.pattern = pattern
      return configuration
    }
  }
}
