internal import ArgumentParser

/// The options that give the sizes of a problem.
struct SizeOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "Sequences. (default: 1)")
  var batch: CommaList<Int>?

  @Option(parsing: .unconditional, help: "Heads of queries. (default: 1)")
  var heads: CommaList<Int>?

  @Option(parsing: .unconditional, help: "Heads of keys and values. (default: heads)")
  var kvHeads: CommaList<Int>?

  @Option(parsing: .unconditional, help: "Sets --queries and --keys to the same.")
  var tokens: CommaList<Int>?

  @Option(parsing: .unconditional, help: "Rows of Q and O. (default: 1024)")
  var queries: CommaList<Int>?

  @Option(parsing: .unconditional, help: "Rows of K and V. (default: queries)")
  var keys: CommaList<Int>?

  @Option(parsing: .unconditional, help: "Columns of Q and K. (default: 64)")
  var headDim: CommaList<Int>?

  @Option(parsing: .unconditional, help: "Columns of V and O. (default: head-dim)")
  var valueDim: CommaList<Int>?

  /// The options that give sizes, and what was given.
  private var all: [(option: String, list: CommaList<Int>?)] {
    [
      ("--batch", batch), ("--heads", heads), ("--kv-heads", kvHeads), ("--tokens", tokens),
      ("--queries", queries), ("--keys", keys), ("--head-dim", headDim),
      ("--value-dim", valueDim),
    ]
  }

  func validate() throws {
    for (option, list) in all { try list?.check(option) }
  }

  /// - Throws: `ValidationError` where sizes contradict each other or the file.
  func validate(readsFile: Bool) throws {
    for (option, list) in all {
      guard let list else { continue }
      if let size = list.values.first(where: { $0 <= 0 }) {
        throw ValidationError("Please give positive sizes: \(option) is \(size).")
      }
      if readsFile {
        throw ValidationError("Please leave out \(option): the sizes are those of the file.")
      }
    }
    if tokens != nil && (queries != nil || keys != nil) {
      throw ValidationError("Please give either --tokens, or --queries and --keys.")
    }
  }

  /// Adds what was given to the cross product.
  func vary(_ product: inout CrossProduct) {
    product.vary("--batch", batch) { $0.batch = $1 }
    product.vary("--heads", heads) { $0.heads = $1 }
    product.vary("--kv-heads", kvHeads) { $0.kvHeads = $1 }
    product.vary("--tokens", tokens) { $0.queries = $1 }
    product.vary("--queries", queries) { $0.queries = $1 }
    product.vary("--keys", keys) { $0.keys = $1 }
    product.vary("--head-dim", headDim) { $0.headDim = $1 }
    product.vary("--value-dim", valueDim) { $0.valueDim = $1 }
  }
}
