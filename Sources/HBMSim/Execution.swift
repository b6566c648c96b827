/// What one or several launches did.
public struct Execution: Sendable, Equatable {
  /// What moved, by phase and tensor.
  public var ledger: Ledger
  /// What was computed.
  public var operations: Operations
  /// The most SRAM that a core held at any time, in bytes.
  public var peakSRAM: Int
  /// What lay in HBM when the last launch was over. Nothing is freed, so this is also the most.
  public var allocations: [TensorAllocation]

  /// Creates a record.
  public init(
    ledger: Ledger = Ledger(), operations: Operations = Operations(), peakSRAM: Int = 0,
    allocations: [TensorAllocation] = []
  ) {
    self.ledger = ledger
    self.operations = operations
    self.peakSRAM = peakSRAM
    self.allocations = allocations
  }

  /// All that moved.
  public var traffic: Traffic { ledger.total }

  /// One launch after another on one HBM: traffic and operations add up, the peak is the greater, and
  /// the HBM has the tensors of both.
  public static func + (a: Execution, b: Execution) -> Execution {
    Execution(
      ledger: a.ledger + b.ledger, operations: a.operations + b.operations,
      peakSRAM: max(a.peakSRAM, b.peakSRAM),
      allocations: a.allocations.count > b.allocations.count ? a.allocations : b.allocations)
  }
}
