internal import ArgumentParser
internal import HBMSim
internal import TensorFiles

/// The options that write attention weights, and which of them dropout keeps.
struct WeightOptions: ParsableArguments {
  @Option(
    help: """
      Write mask, which weights --dropout keeps, to a .safetensors, .npz or .npy file: bool, of \
      shape [batch, heads, queries, keys], or [heads, queries, keys] as the input.
      """)
  var dropoutMask: String?

  @Option(
    help: """
      Write p, the weights of a run before dropout, to such a file, in the type of --dtype.
      """)
  var probabilities: String?

  /// The files that are to be written.
  var paths: [String] { [dropoutMask, probabilities].compactMap(\.self) }

  func validate() throws {
    for (option, path) in [("--dropout-mask", dropoutMask), ("--probabilities", probabilities)] {
      guard let path else { continue }
      if ![".safetensors", ".npz", ".npy"].contains(where: path.lowercased().hasSuffix) {
        throw ValidationError(
          "Please let \(option) end in .safetensors, .npz or .npy: '\(path)' does not.")
      }
    }
  }

  /// - Throws: `ValidationError` where it is not clear what the files are to hold, or there is nothing to
  ///   write, or another file is written under the same name.
  func validate(for runs: [RunConfiguration], besides output: String?) throws {
    let files = paths + [output].compactMap(\.self)
    if let path = files.first(where: { path in files.count { $0 == path } > 1 }) {
      throw ValidationError(
        "Please give every file a name of its own: '\(path)' is to be written twice.")
    }
    if dropoutMask != nil {
      let masks = Set(runs.map(\.dropoutMask))
      if masks.count > 1 {
        throw ValidationError(
          "Please give --dropout-mask to runs that drop the same weights: these have "
            + "\(masks.count) masks.")
      }
      if masks.contains(where: { $0.probability == 0 }) {
        throw ValidationError(
          "Please give --dropout-mask with a --dropout above 0: nothing is dropped.")
      }
    }
    if probabilities != nil {
      if runs.contains(where: { $0.mode == .count }) {
        throw ValidationError(
          "Please leave out --probabilities in count mode: there is nothing to write.")
      }
      if runs.count > 1 {
        throw ValidationError(
          "Please give --probabilities to one run: these are \(runs.count).")
      }
    }
  }

  /// - Throws: `TensorFileError` where a file cannot be made, before the runs take their time.
  func checkPlaces() throws {
    for path in paths { _ = try AtomicFile(replacing: path) }
  }

  /// Writes what was asked for, of runs that all have it, and says what it took.
  func write(_ report: RunReport, dropBatch: Bool) throws {
    guard let record = report.records.first else { return }
    if let dropoutMask { try record.writeDropoutMask(to: dropoutMask, dropBatch: dropBatch) }
    if let probabilities, let input = record.input {
      let moved = try record.writeProbabilities(
        to: probabilities, of: input, dropBatch: dropBatch)
      note("The probabilities moved \(Units.bytes(moved.bytes)) more.")
    }
  }
}

extension RunConfiguration {
  /// What a dropout mask depends on.
  fileprivate struct DropoutMask: Hashable {
    let probability: Double
    let seed: UInt64
    let sizes: [Int]
  }

  /// The mask of this run. Where the sizes are a file's, they are the same for all runs.
  fileprivate var dropoutMask: DropoutMask {
    DropoutMask(
      probability: dropout, seed: seed, sizes: [batch, heads, queries, keys ?? queries])
  }
}
