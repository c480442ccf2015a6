"""The migrations of pgflow that the engine was tested with, by the digests of their files."""

from __future__ import annotations

from typing import Final

PACKAGE: Final = "@pgflow/core@0.8.1"
"""The package on npm that is installed if no other source is given."""

VERSIONS: Final = {"0.8.1": 12, "0.14.1": 20}
"""The tested versions: how many of the migrations each has, from the first."""

# As npm's package and pgflow's repository have them. The two agree on the first twelve.
DIGESTS: Final = {
    "20250429164909": "8e74b4eefafc8314a2a1c13bc5f79da4c67a08bff9e27b6bd9d236a33eefce67",
    "20250517072017": "c8aea723d1f6b40e7904da86c6a191f33535d01aca14f5c5864f929bfbbe5282",
    "20250609105135": "68db67e476fee3163783017107673f1c95c8986049949815d7e43aa6d8522bf8",
    "20250610180554": "35b56a4b3e4915cc932aeb00551c251cbf1a062943cabbf3573799f1488b8395",
    "20250614124241": "d4f846436ae334aa7cf0faf8a3bfeffadced91a1af75b65daf35ca6aff2b269e",
    "20250619195327": "442ca0f01c1a59430c7a502b4e7f6bfa081348e9a903099b9831f88ca8a7a61d",
    "20250627090700": "b9ed67b1591603046aa64c59c7f77956492b35410ee4a5848f7fe3a6c9bd050e",
    "20250707210212": "8ed8aca95a53fa7e7b05da63e133621a302653386edd378e4392a951dd11f2ee",
    "20250719205006": "59652b7d0a7cd5a2f610d735e7f2c317f5290dfe2b0b8b2b8c451c51cb52256a",
    "20251006073122": "d12ccdf02a726348962a732b5c789f388cfb33b72f9d1859acd65805c73994d0",
    "20251103222045": "cd49fb5e46a462d192f56576d6cc6a2cea07fd6e5031858c281e67f14cec9fee",
    "20251104080523": "b1cc2c3e64ce11db82b65161d46a30d16d917db796426115894b3377823bb015",
    "20251130000000": "d4f2c87c06f7841ffeb5f292ff856ae219cfa13b3c3881166be8f6829e6d7c8c",
    "20251209074533": "bbbcc3ab04209f7a80b9a7adb17b68889be19d7774a58f74fe13545e6ac485bc",
    "20251212100113": "7c074a855cf8f1b4f328224f42b2d7d920955123dffc2572d2e8d8f69079d227",
    "20251225163110": "ca1eaf759d40b2889df4dd10954d3f43247f42837bb306795d370703f93d632e",
    "20260103145141": "a70cf875620f3934609e15eeab206dc3fc48332aa715a263ae3ffcc5416d0c20",
    "20260120205547": "42f6f7b60ab8d82e6eda4beee8eb292a7c9ca6cf959511b9fc68ddb7603d43c0",
    "20260124113408": "62d97113cd7051e8c6857ecbb2d73bab82f54b537b57761db8d6b04fc17102c3",
    "20260214181656": "65af01960f9b2ae9093dcd7580470f1b07c257595ce49e73445f478a4841f3f7",
}

# Of the functions that these versions have in a database.
FUNCTIONS: Final = {
    "0.8.1": "a7775e074d0fe1eb3c91c34646fd4398633f142196517243ad08dbd9f0eb7a18",
    "0.14.1": "c05cec381f3c96a0be2b2e3200d1cd58b6dc9c3207dd1d345ca3309648886ec5",
}


def known_version(digests: dict[str, str]) -> str | None:
    """Return the tested version that has exactly these migrations, given by the times in their names."""
    for version, count in VERSIONS.items():
        if digests == dict(list(DIGESTS.items())[:count]):
            return version
    return None
