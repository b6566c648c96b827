internal import ArgumentParser
internal import Foundation
internal import TensorFiles

/// The options that say what becomes of a report.
struct ReportOptions: ParsableArguments {
  @Option(help: "Form of the report.")
  var format = ReportFormat.table

  @Option(help: "Write the report to a .json, .csv or .md file as well; may repeat.")
  var export: [String] = []

  func validate() throws {
    for path in export where ReportFormat(path: path) == nil {
      throw ValidationError("Please let --export end in .json, .csv or .md: '\(path)' does not.")
    }
  }

  /// - Throws: `TensorFileError` where a file that is to be written cannot be made.
  func checkPlaces() throws {
    for path in export { _ = try AtomicFile(replacing: path) }
  }

  /// Writes a report to its files and to standard output.
  ///
  /// - Parameter rendered: The report in a form.
  func publish(_ rendered: (ReportFormat) throws -> String) throws {
    for path in export {
      guard let format = ReportFormat(path: path) else { continue }
      try AtomicTextFile.write(rendered(format), to: path)
    }
    let text = try rendered(format)
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    } catch {
      throw RunError.cannotPrint(bytes: text.utf8.count)
    }
  }
}
