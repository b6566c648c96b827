internal import Foundation

/// A text file that appears whole or not at all.
enum AtomicTextFile {
  /// Writes to a temporary name in the same folder and renames.
  static func write(_ text: String, to path: String) throws(RunError) {
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      let reason =
        (error as NSError).userInfo[NSUnderlyingErrorKey].map { "\($0)" }
        ?? error.localizedDescription
      throw .cannotWrite(path: path, reason: reason)
    }
  }
}
