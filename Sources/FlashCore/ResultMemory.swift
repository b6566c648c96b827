@_spi(Host) public import HBMSim

/// Memory of a caller's that results are written to; nil where the library allocates it.
@_spi(Host)
public struct ResultMemory {
  /// For O, of the type of the inputs.
  public var output: HostBuffer?
  /// For the log-sum-exps, f32.
  public var logSumExp: HostBuffer?
  /// For dQ, of the type that it is added up in.
  public var queryGradient: HostBuffer?
  /// For dK, of the type of the inputs.
  public var keyGradient: HostBuffer?
  /// For dV, of the type of the inputs.
  public var valueGradient: HostBuffer?

  /// No memory yet.
  public init() {}

  /// Offers the memory to the programs, by the names that tensors have in them.
  func provide(in memory: HBM) {
    for (name, buffer) in [
      ("O", output), ("LSE", logSumExp), ("dQ", queryGradient), ("dK", keyGradient),
      ("dV", valueGradient),
    ] {
      if let buffer { memory.provide(buffer, for: name) }
    }
  }
}
