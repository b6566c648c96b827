internal import ArgumentParser
internal import TensorFiles

/// The options that name files and forms of reports.
struct FileOptions: ParsableArguments {
  @Option(
    help: """
      A .safetensors or .npz file with tensors q, k and v, and do for a backward pass, of shape \
      [heads, tokens, dim] or [batch, heads, tokens, dim].
      """)
  var input: String?

  @Option(help: "A file with the queries alone, such as a .npy; with --key and --value.")
  var query: String?

  @Option(help: "A file with the keys alone.")
  var key: String?

  @Option(help: "A file with the values alone.")
  var value: String?

  @Option(help: "A file with the output's gradient alone, for a backward pass.")
  var outputGradient: String?

  @Option(
    help: """
      A file with a tensor of truth values that say which keys each query sees, of shape [queries, \
      keys], [heads, queries, keys] or [batch, heads, queries, keys]; sizes of 1 are shared.
      """)
  var maskFile: String?

  @Option(help: "A file with a tensor of numbers that are added to the scores; shaped alike.")
  var biasFile: String?

  @Option(
    help: """
      Write o and lse, and dq, dk and dv of a backward pass, to a .safetensors or .npz file; \
      flash1.o, … with several algorithms.
      """)
  var output: String?

  @OptionGroup var report: ReportOptions

  @Option(
    help: """
      Rows that are compared with float64: all of them (full), some (sample), none, or as many \
      as take seconds (auto).
      """)
  var reference = ReferenceChoice.auto

  /// Whether the sizes are a file's.
  var readsFile: Bool {
    [input, query, key, value, outputGradient].contains { $0 != nil }
  }

  func validate() throws {
    let single = [query, key, value].compactMap { $0 }
    if input != nil && !(single.isEmpty && outputGradient == nil) {
      throw ValidationError("Please give either --input, or --query, --key and --value.")
    }
    if single.count != 3 && !(single.isEmpty && outputGradient == nil) {
      throw ValidationError("Please give all of --query, --key and --value.")
    }
    if let input, input.lowercased().hasSuffix(".npy") {
      throw ValidationError(
        "Please give .npy files by --query, --key and --value: \(input) has one tensor alone.")
    }
    if let output, ![".safetensors", ".npz"].contains(where: output.lowercased().hasSuffix) {
      throw ValidationError(
        "Please let --output end in .safetensors or .npz: '\(output)' does not.")
    }
  }

  /// - Throws: `TensorFileError` where a file that is to be written cannot be made, before the runs
  ///   take their time.
  func checkPlaces() throws {
    if let output { _ = try AtomicFile(replacing: output) }
    try report.checkPlaces()
  }

  /// The tensors that were named, or nil where they are to be generated.
  func readInput(needsGradient: Bool) throws -> AttentionInput? {
    if let input { return try AttentionInput(path: input, needsGradient: needsGradient) }
    if let query, let key, let value {
      if needsGradient && outputGradient == nil {
        throw ValidationError("Please give --output-gradient for the backward pass.")
      }
      return try AttentionInput(
        query: query, key: key, value: value,
        outputGradient: needsGradient ? outputGradient : nil)
    }
    return nil
  }
}

extension FileOptions {
  /// The mask and the bias that were named.
  func readScoreInputs() throws -> ScoreInputs {
    try ScoreInputs(
      mask: maskFile.map { try ScoreInput(path: $0, name: "mask") },
      bias: biasFile.map { try ScoreInput(path: $0, name: "bias") })
  }
}

/// How much of the output is compared with float64.
enum ReferenceChoice: String, Sendable, CaseIterable, ExpressibleByArgument {
  case auto, full, sample, none
}
