// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEntityProvider} from "../interfaces/IEntityProvider.sol";
import {EntityId} from "../types/Ids.sol";

/// @title EntityProviderHarness
/// @notice What the Depository asks of an EntityProvider, answered by a real one, except that boards can
/// be said to be outgoing without replacing them.
contract EntityProviderHarness {
    IEntityProvider private immutable _PROVIDER;
    mapping(EntityId entity => bool) private _outgoing;

    constructor(IEntityProvider provider) {
        _PROVIDER = provider;
    }

    function setOutgoing(EntityId entity, bool outgoing) external {
        _outgoing[entity] = outgoing;
    }

    function isSoleMember(EntityId entity, address member) external view returns (bool) {
        return _PROVIDER.isSoleMember(entity, member);
    }

    function isValidEntitySignature(
        EntityId entity,
        bytes32 digest,
        bytes calldata signature
    ) external view returns (bool) {
        return _PROVIDER.isValidEntitySignature(entity, digest, signature);
    }

    function isValidProofSignature(
        EntityId entity,
        bytes32 digest,
        bytes calldata signature
    ) external view returns (bool valid, bool outgoing) {
        (valid, ) = _PROVIDER.isValidProofSignature(entity, digest, signature);
        outgoing = _outgoing[entity];
    }
}
