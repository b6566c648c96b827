/// Why attention cannot be computed as asked.
public enum NaiveAttentionError: Error, Hashable {
  /// A size, or the number of threads, is below 1.
  case notPositive(name: String, value: Int)

  /// A size does not fit the integers of this build of OpenBLAS.
  case sizeExceedsBLAS(name: String, value: Int, limit: Int)

  /// The heads cannot share the key heads equally.
  case unequalGroups(heads: Int, kvHeads: Int)

  /// A matrix of the problem cannot be addressed; its elements are the product of `sizes`.
  case tooManyElements(name: String, sizes: [Int], limit: Int)

  /// An input does not have as many elements as the shape says.
  case wrongCount(name: String, needed: Int, given: Int)

  /// A selected query row does not exist.
  case noSuchRow(row: Int, queries: Int)

  /// The problem needs more memory than the machine has, both in bytes.
  case insufficientMemory(needed: Int, available: Int)
}

extension NaiveAttentionError: CustomStringConvertible {
  /// One sentence that names what was needed and what there was.
  public var description: String {
    switch self {
    case .notPositive(let name, let value):
      "The number of \(name) is \(value), but must be at least 1."
    case .sizeExceedsBLAS(let name, let value, let limit):
      "The number of \(name) is \(value), but OpenBLAS was built for at most \(limit)."
    case .unequalGroups(let heads, let kvHeads):
      "\(heads) heads cannot share \(kvHeads) key heads equally."
    case .tooManyElements(let name, let sizes, let limit):
      "The \(name) have \(sizes.map(String.init).joined(separator: " × ")) elements, "
        + "but at most \(limit) can be addressed."
    case .wrongCount(let name, let needed, let given):
      "The \(name) has \(given) elements, but its shape needs \(needed)."
    case .noSuchRow(let row, let queries):
      "Query row \(row) was selected, but there are only \(queries) rows, counted from 0."
    case .insufficientMemory(let needed, let available):
      "Naive attention needs \(needed) bytes, but this machine has \(available)."
    }
  }
}
