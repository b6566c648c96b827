/// Why a run failed: one case a cause, with its numbers.
enum RunError: Error, CustomStringConvertible {
  case instructionSetUnavailable(asked: String, available: [String])
  case inputRank(tensor: String, shape: [Int])
  case inputsTooLarge(needed: Int, available: Int)
  case inputRanks(tensor: String, rank: Int, other: String, otherRank: Int)
  case emptyInput(tensor: String, shape: [Int])
  case scoreInputRank(tensor: String, shape: [Int])
  case truthValues(tensor: String)
  case cannotPrint(bytes: Int)
  case noTypeInArchive(type: String, path: String)
  case patternCount(path: String, count: Int)
  case patternElement(path: String, element: String)
  case patternShape(path: String, shape: [Int])

  var description: String {
    switch self {
    case .instructionSetUnavailable(let asked, let available):
      "This CPU does not run \(asked); it runs \(available.joined(separator: ", "))."
    case .inputRank(let tensor, let shape):
      "Tensor \(tensor) has shape \(shape) of rank \(shape.count), and it takes rank 3, "
        + "[heads, tokens, dim], or 4, [batch, heads, tokens, dim]."
    case .inputsTooLarge(let needed, let available):
      "The run needs \(needed) bytes of this computer's memory (\(Units.bytes(needed))), and "
        + "\(available) are free (\(Units.bytes(available)))."
    case .inputRanks(let tensor, let rank, let other, let otherRank):
      "Tensor \(tensor) has rank \(rank), and \(other) has rank \(otherRank)."
    case .emptyInput(let tensor, let shape):
      "Tensor \(tensor) has shape \(shape), which is empty."
    case .scoreInputRank(let tensor, let shape):
      "The \(tensor) has shape \(shape) of rank \(shape.count), and it takes rank 2, [queries, keys], "
        + "3, [heads, queries, keys], or 4, [batch, heads, queries, keys]."
    case .truthValues(let tensor):
      "Tensor \(tensor) is bool, and it takes numbers: f32, f16, bf16 or f64."
    case .noTypeInArchive(let type, let path):
      "An \(path.lowercased().hasSuffix(".npy") ? "npy" : "npz") file has no \(type), and '\(path)' "
        + "is one; a .safetensors file has."
    case .patternCount(let path, let count):
      "The file '\(path)' has \(count) tensors, and a block pattern is the only one of its file."
    case .patternElement(let path, let element):
      "The block pattern in '\(path)' is \(element), and it takes bool."
    case .patternShape(let path, let shape):
      "The block pattern in '\(path)' has shape \(shape), and it takes a row a block of queries and "
        + "a column a block of keys."
    case .cannotPrint(let bytes):
      "The report of \(bytes) bytes cannot be written to standard output."
    }
  }
}
