@_spi(Host) internal import FlashCore
@_spi(Host) internal import HBMSim
internal import TensorFiles

/// The tensors that change scores.
struct ScoreInputs: Sendable {
  let mask: ScoreInput?
  let bias: ScoreInput?
}

/// A mask or a bias from a file.
struct ScoreInput: Sendable {
  /// The elements, [batch or 1, heads or 1, queries, keys].
  let tensor: Tensor
  /// What they are to a plan.
  let description: ScoreTensor

  /// The only tensor of a file, or the one of that name.
  init(path: String, name: String) throws {
    let file = try TensorFile(path: path)
    let entry = try file.tensor(named: file.names.count == 1 ? file.names[0] : name)
    guard (2...4).contains(entry.shape.count) else {
      throw RunError.scoreInputRank(tensor: name, shape: entry.shape)
    }
    if entry.shape.contains(0) { throw RunError.emptyInput(tensor: name, shape: entry.shape) }
    let shape = Array(repeating: 1, count: 4 - entry.shape.count) + entry.shape
    tensor = try Tensor(shape: shape, buffer: HostBuffer(entry))
    description = try ScoreTensor(tensor, as: name)
  }
}
