internal import Foundation

/// The computer that this process runs on.
public enum HostProcessor {
  /// The cores that this process may use.
  public static let cores = ProcessInfo.processInfo.activeProcessorCount

  /// The model's name, or the architecture where the system does not tell.
  public static let name: String = {
    #if os(Linux)
      let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
      for line in lines.split(separator: "\n") where line.hasPrefix("model name") {
        if let colon = line.firstIndex(of: ":") {
          return line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
      }
    #elseif canImport(Darwin)
      var size = 0
      if sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0) == 0 {
        var bytes = [UInt8](repeating: 0, count: size)
        if sysctlbyname("machdep.cpu.brand_string", &bytes, &size, nil, 0) == 0 {
          return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
      }
    #endif
    #if arch(x86_64)
      return "x86-64"
    #elseif arch(arm64)
      return "arm64"
    #else
      return "unknown"
    #endif
  }()

  /// Memory that can be had without swapping, in bytes; no more than the limit of the control group
  /// that this process is in, as containers have it.
  public static var availableMemory: Int {
    #if os(Linux)
      let limit = try? String(contentsOfFile: "/sys/fs/cgroup/memory.max", encoding: .utf8)
      let group = limit.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) } ?? .max
      let lines = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8)) ?? ""
      for line in lines.split(separator: "\n") where line.hasPrefix("MemAvailable:") {
        if let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) {
          return min(kibibytes * 1024, group)
        }
      }
    #endif
    return Int(clamping: ProcessInfo.processInfo.physicalMemory)
  }

  /// The L2 cache of a core in bytes, or 1 MiB where the system does not tell.
  public static let levelTwoCache: Int = {
    #if canImport(Darwin)
      return systemSize(of: ["hw.perflevel0.l2cachesize", "hw.l2cachesize"]) ?? 1 << 20
    #else
      return cacheSize(index: 2) ?? 1 << 20
    #endif
  }()

  /// The last cache before main memory in bytes, as far as the system tells: on Linux the third level
  /// as cores share it, or else ``levelTwoCache``.
  public static let lastLevelCache: Int = {
    #if canImport(Darwin)
      return levelTwoCache
    #else
      return max(cacheSize(index: 3) ?? 0, levelTwoCache)
    #endif
  }()

  #if canImport(Darwin)
    /// The first of the numbers of these names that the system has.
    private static func systemSize(of names: [String]) -> Int? {
      var bytes = 0
      var size = MemoryLayout<Int>.size
      for name in names where sysctlbyname(name, &bytes, &size, nil, 0) == 0 && bytes > 0 {
        return bytes
      }
      return nil
    }
  #else
    /// The bytes of a cache of the first core, by the number that Linux has for it.
    private static func cacheSize(index: Int) -> Int? {
      let path = "/sys/devices/system/cpu/cpu0/cache/index\(index)/size"
      guard let text = try? String(contentsOfFile: path, encoding: .utf8), text.contains("K"),
        let kibibytes = Int(text.prefix { $0.isNumber })
      else { return nil }
      return kibibytes * 1024
    }
  #endif
}
