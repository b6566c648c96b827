/// What one or several launches did.
public struct Execution: Sendable, Equatable {
  /// What moved, by phase and tensor.
  public var ledger: Ledger
  /// What was computed.
  public var operations: Operations
  /// The most SRAM that a core held at any time, in bytes.
  public var peakSRAM: Int

  /// Creates a record.
  public init(
    ledger: Ledger = Ledger(), operations: Operations = Operations(), peakSRAM: Int = 0
  ) {
    self.ledger = ledger
    self.operations = operations
    self.peakSRAM = peakSRAM
  }

  /// All that moved.
  public var traffic: Traffic { ledger.total }

  /// One launch after another: traffic and operations add up, the peak is the greater.
  public static func + (a: Execution, b: Execution) -> Execution {
    Execution(
      ledger: a.ledger + b.ledger, operations: a.operations + b.operations,
      peakSRAM: max(a.peakSRAM, b.peakSRAM))
  }
}
