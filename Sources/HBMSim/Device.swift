/// A GPU whose cores a machine may stand for.
///
/// Sizes are those of the CUDA C++ Programming Guide, "Technical Specifications per Compute Capability":
/// the most shared memory that a thread block may have.
public struct Device: Sendable, Hashable {
  /// Its name.
  public let name: String
  /// Its streaming multiprocessors.
  public let cores: Int
  /// What a program may have of a core's SRAM, in bytes.
  public let sram: Int

  /// The devices, by the SRAM of a core.
  public static let all = [
    Device(name: "T4", cores: 40, kibibytes: 64),
    Device(name: "V100", cores: 80, kibibytes: 96),
    Device(name: "RTX 3090", cores: 82, kibibytes: 99),
    Device(name: "A100", cores: 108, kibibytes: 163),
    Device(name: "H100", cores: 132, kibibytes: 227),
  ]

  private init(name: String, cores: Int, kibibytes: Int) {
    self.name = name
    self.cores = cores
    sram = kibibytes * 1024
  }
}
