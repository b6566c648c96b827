internal import TensorFiles

/// A text file that appears whole or not at all.
enum AtomicTextFile {
  /// Writes to a temporary name in the same folder and renames.
  static func write(_ text: String, to path: String) throws(TensorFileError) {
    let file = try AtomicFile(replacing: path)
    try file.append(Array(text.utf8))
    try file.commit()
  }
}
