"""Debian's FastNetMon, which looks at one interface of a node by AF_PACKET."""

from lab import Daemon

# what is asked of every run; the rest is what each test is about
CONFIG = """\
logging_level = info
disable_usage_report = on
enable_api = off
enable_ban = on
enable_ban_ipv6 = on
process_incoming_traffic = on
process_outgoing_traffic = on
ban_time = 5
unban_only_if_attack_finished = on
check_period = 1
average_calculation_time = 1
speed_calculation_delay = 1
ban_details_records_count = 20
enable_connection_tracking = off
ban_for_pps = on
ban_for_bandwidth = off
ban_for_flows = off
monitor_local_ip_addresses = off
mirror_afpacket = on
mirror_af_packet_fanout_mode = cpu
"""


class FastNetMon:
    """notify: its script; or pipe: where it writes what ExaBGP reads."""

    def __init__(self, lab, node, *, interface, networks, threshold_pps,
                 environment, notify=None, pipe=None):
        directory = lab.subdirectory("fastnetmon")
        config = CONFIG + "".join(f"{key} = {value}\n" for key, value in {
            "threshold_pps": threshold_pps,
            "interfaces": interface,
            "networks_list_path": directory / "networks",
            "white_list_path": directory / "whitelist",
            "pid_path": directory / "pid",
            "cli_stats_file_path": directory / "stats",
            "cli_stats_ipv6_file_path": directory / "stats6",
        }.items())
        if notify is not None:
            config += f"notify_script_path = {notify}\n"
        if pipe is not None:
            config += (f"exabgp = on\nexabgp_command_pipe = {pipe}\n"
                       "exabgp_community = 65535:666\n"
                       "exabgp_next_hop = 192.0.2.1\n"
                       "exabgp_announce_host = on\n")
        (directory / "fastnetmon.conf").write_text(config)
        (directory / "networks").write_text("\n".join(networks) + "\n")
        (directory / "whitelist").write_text("")
        words = [f"{key}={value}" for key, value in environment.items()]
        self._log = directory / "fastnetmon.log"
        self.daemon = Daemon(node, "fastnetmon", [
            "env", *words, "fastnetmon", "--configuration_file",
            directory / "fastnetmon.conf", "--log_file", self._log], directory)
        self.name = "fastnetmon"
        lab.add(self)

    def start(self):
        self.daemon.start()

    def log_text(self):
        return self._log.read_text(errors="replace") if (
            self._log.exists()) else ""

    def stop(self):
        self.daemon.stop()

    def logs(self):
        return [("fastnetmon", self.log_text() + self.daemon.log_text())]
