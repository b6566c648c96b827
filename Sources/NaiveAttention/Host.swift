import COpenBLAS

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The memory of this machine, in bytes.
///
/// A limit of a container is not counted.
public var hostMemory: Int {
  sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
}

/// The number of cores on which this process may run; OpenBLAS respects its affinity mask.
var hostCores: Int { max(1, Int(openblas_get_num_procs())) }

/// The number of threads to use, where `nil` asks for every core.
func resolve(threads: Int?) throws(NaiveAttentionError) -> Int {
  let threads = threads ?? hostCores
  guard threads >= 1 else { throw .notPositive(name: "threads", value: threads) }
  return threads
}
