"""What NetworkPolicies let through: Kubernetes' rules, as far as ours use them."""

from manifests import NAMESPACE


class End:
    """One end of a connection: a pod by its labels, or with labels=None somebody outside."""

    def __init__(self, labels=None, ports=None, namespace=NAMESPACE):
        self.labels, self.ports, self.namespace = labels, ports or {}, namespace


def selects(selector, labels):
    wanted = selector.get("matchLabels", {}).items()
    among = selector.get("matchExpressions", [])
    assert all(one["operator"] == "In" for one in among)
    return (all(labels.get(name) == value for name, value in wanted) and
            all(labels.get(one["key"]) in one["values"] for one in among))


def _peer_matches(peer, end):
    if "ipBlock" in peer or end.labels is None:  # Pods' addresses are private ones.
        return "ipBlock" in peer and end.labels is None
    spaces = {"kubernetes.io/metadata.name": end.namespace}
    here = (selects(peer["namespaceSelector"], spaces) if "namespaceSelector" in peer
            else end.namespace == NAMESPACE)
    return here and selects(peer.get("podSelector", {}), end.labels)


def _port_matches(listed, port, protocol, target):
    number = target.ports.get(listed["port"], listed["port"])
    return (listed["protocol"], number) == (protocol, port)


def _rule_allows(rule, peers, other, target, port, protocol):
    return (not rule.get(peers) or any(_peer_matches(peer, other) for peer in rule[peers])) and (
        not rule.get("ports") or
        any(_port_matches(listed, port, protocol, target) for listed in rule["ports"]))


def _way_allows(policies, way, here, other, target, port, protocol):
    """`way`, Ingress or Egress of the pod `here`: all may pass unless a policy is about it."""
    if here.labels is None or here.namespace != NAMESPACE:
        return True
    about = [p["spec"] for p in policies if way in p["spec"]["policyTypes"] and
             selects(p["spec"]["podSelector"], here.labels)]
    peers = {"Ingress": "from", "Egress": "to"}[way]
    return not about or any(_rule_allows(rule, peers, other, target, port, protocol)
                            for spec in about for rule in spec.get(way.lower(), []))


def allowed(policies, source, target, port, protocol="TCP"):
    """Whether `source` may connect to `target`."""
    return (_way_allows(policies, "Egress", source, target, target, port, protocol) and
            _way_allows(policies, "Ingress", target, source, target, port, protocol))
