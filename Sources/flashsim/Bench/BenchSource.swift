internal import FlashCore

/// Where the subjects of measurements come from: this computer, or a test.
protocol BenchSource {
  /// What bounds programs on so many threads, one subject a resource.
  func hostSubjects(threads: Int) -> [HostResource: BenchSubject]

  /// A case, ready to be measured.
  func contest(of point: BenchCase) throws -> BenchContest
}

/// A resource of the host that bounds programs.
enum HostResource: String, Sendable, CaseIterable {
  /// Multiplications and additions in registers.
  case peak = "fma"
  /// Products of matrices by OpenBLAS.
  case sgemm
  /// Exponentials in the L1 cache.
  case exponentials = "exp"
  /// Bytes that come from main memory.
  case read
  /// Bytes that come from main memory and go to it.
  case copy

  /// What its rate is in.
  var unit: String {
    switch self {
    case .peak, .sgemm: "GFLOP/s"
    case .exponentials: "Gexp/s"
    case .read, .copy: "GB/s"
    }
  }
}

/// FlashAttention-2 and naive attention on the same tensors, and what FlashAttention-2 does.
struct BenchContest {
  let flash: BenchSubject
  /// Naive attention by OpenBLAS, or why there is none to compare with.
  let naive: Naive
  /// The blocks of FlashAttention-2.
  let blocks: Blocks
  /// What the program computes and moves.
  let demand: Demand

  /// Naive attention, or a reason.
  enum Naive {
    case subject(BenchSubject)
    case none(reason: String)
  }

  /// What a run takes of each resource.
  struct Demand: Equatable {
    /// Operations of matrix products, masked elements of blocks among them.
    let products: Double
    let exponentials: Double
    /// Bytes between HBM and SRAM, by the closed form.
    let bytes: Double
  }
}
