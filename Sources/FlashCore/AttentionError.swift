public import HBMSim

/// Why attention could not be computed: one case a cause, with its numbers.
public enum AttentionError: Error, Hashable, CustomStringConvertible {
  /// A size is zero or negative.
  case sizeNotPositive(name: String, size: Int)
  /// A tensor is not [batch, heads, tokens, dim].
  case wrongRank(tensor: String, shape: [Int])
  /// A tensor has another shape than the plan.
  case wrongShape(tensor: String, shape: [Int], expected: [Int])
  /// Two tensors disagree about a size.
  case shapesDisagree(what: String, first: String, Int, second: String, Int)
  /// A tensor's elements are of another type than the others or the plan.
  case elementTypesDisagree(tensor: String, ElementType, expected: ElementType)
  /// Heads of keys do not divide heads of queries.
  case headsDoNotDivide(heads: Int, kvHeads: Int)
  /// A product of sizes overflows `Int`.
  case tooManyElements(factors: [Int])
  /// A tensor's elements are not as many as its shape says.
  case elementCount(shape: [Int], count: Int)
  /// Line 1's block sizes are made from the capacity of SRAM, and there is no limit to it.
  case paperTilingNeedsCapacity
  /// Blocks of these sizes need more SRAM than there is; in bytes.
  case insufficientSRAM(algorithm: Algorithm, blocks: Blocks, needed: Int, available: Int)
  /// The problem needs more of the host's memory than there is; in bytes.
  case insufficientMemory(algorithm: Algorithm, needed: Int, available: Int)
  /// A soft cap, slopes or a dropout do not go with the shape or with arithmetic; a sentence.
  case option(String)
  /// A mask does not go with the shape; a sentence.
  case mask(String)
  /// There are no partial results to merge.
  case nothingToMerge
  /// A launch was refused.
  case launch(LaunchError)

  /// One sentence that names what was wrong, with its numbers.
  public var description: String {
    switch self {
    case .sizeNotPositive(let name, let size):
      "Sizes are positive, and \(name) is \(size)."
    case .wrongRank(let tensor, let shape):
      "The \(tensor) has shape \(shape) of rank \(shape.count), and attention takes rank 4: "
        + "[batch, heads, tokens, dim]."
    case .wrongShape(let tensor, let shape, let expected):
      "The \(tensor) has shape \(shape), and the plan asks for \(expected)."
    case .shapesDisagree(let what, let first, let a, let second, let b):
      "The \(first) has \(a) \(what), and the \(second) \(b)."
    case .elementTypesDisagree(let tensor, let type, let expected):
      "The \(tensor) has elements of \(type) where \(expected) is expected."
    case .headsDoNotDivide(let heads, let kvHeads):
      "\(kvHeads) heads of keys do not divide \(heads) heads of queries."
    case .tooManyElements(let factors):
      "The sizes are too large to count with: \(factors.map(String.init).joined(separator: " · ")) "
        + "is more than \(Int.max)."
    case .elementCount(let shape, let count):
      "A tensor of shape \(shape) cannot hold \(count) elements."
    case .paperTilingNeedsCapacity:
      "The paper's block sizes are made from the capacity of SRAM, and this SRAM is unlimited."
    case .insufficientSRAM(let algorithm, let blocks, let needed, let available):
      "\(algorithm) with blocks of \(blocks) needs \(needed) bytes of SRAM, and a core has "
        + "\(available)."
    case .insufficientMemory(let algorithm, let needed, let available):
      "\(algorithm) needs \(needed) bytes of this computer's memory, and \(available) are free."
    case .mask(let sentence), .option(let sentence):
      sentence
    case .nothingToMerge:
      "There are no results to merge."
    case .launch(let error):
      error.description
    }
  }
}
