/// What the programs of a kernel keep in SRAM where they keep the most.
public struct SRAMBudget: Sendable {
  /// The tiles of a tensor.
  public struct Share: Sendable, Equatable {
    /// The tensor, or what the tiles are.
    public let name: String
    /// What they occupy, in bytes.
    public let bytes: Int
  }

  /// What the kernel does.
  public let kernel: String
  /// The sum of the shares, in bytes.
  public let total: Int
  private let parts: KeyValuePairs<String, Int>

  /// Creates a budget.
  init(_ kernel: String, _ parts: KeyValuePairs<String, Int>) {
    self.kernel = kernel
    self.parts = parts
    total = parts.reduce(0) { $0 + $1.value }
  }

  /// The shares of all tensors; none is zero.
  public var shares: [Share] {
    parts.filter { $0.value > 0 }.map { Share(name: $0.key, bytes: $0.value) }
  }

  /// The first of those with the greatest total.
  static func greatest(_ budgets: [SRAMBudget]) -> SRAMBudget {
    budgets.dropFirst().reduce(budgets[0]) { $1.total > $0.total ? $1 : $0 }
  }
}
