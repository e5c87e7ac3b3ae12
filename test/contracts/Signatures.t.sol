// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EntityProvider} from "../../contracts/EntityProvider.sol";
import {Signatures} from "../../contracts/libraries/Signatures.sol";
import {EntityId} from "../../contracts/types/Ids.sol";
import {Signing} from "./support/Signing.sol";
import {vm} from "./support/Vm.sol";

/// @notice The Depository's own answer for a lazy entity of one address must be the provider's.
contract SignaturesTest {
    EntityProvider private _provider;
    uint256[] private _keys;

    function setUp() public {
        _provider = new EntityProvider();
        _keys = Signing.keys(1, 1);
    }

    function test_isValid_takesEveryFormThatTheProviderTakes() public {
        bytes32 digest = keccak256("digest");
        EntityId lazy = _provider.soleEntity(vm.addr(_keys[0]));
        EntityId registered = _provider.register(Signing.board(_keys, 1));
        bytes memory plain = Signing.ecdsa(_keys[0], digest);
        assert(this.isValid(lazy, digest, plain) && this.isProof(lazy, digest, plain));
        assert(this.isValid(registered, digest, plain) && this.isProof(registered, digest, plain));
        bytes memory form = _boardForm(lazy, digest);
        assert(this.isValid(lazy, digest, form) && this.isProof(lazy, digest, form));
    }

    function test_isSole_isForTheWholeBoardAlone() public {
        address member = vm.addr(_keys[0]);
        assert(this.isSole(_provider.soleEntity(member), member));
        assert(this.isSole(_provider.register(Signing.board(_keys, 1)), member));
        assert(!this.isSole(_provider.soleEntity(member), address(this)));
        EntityId ofTwo = _provider.register(Signing.board(Signing.keys(2, 2), 1));
        assert(!this.isSole(ofTwo, vm.addr(Signing.keys(2, 2)[0])));
    }

    /// @dev What recovers to nobody must not sign for the entity of the zero address.
    function test_isValid_refusesWhatNobodySigned() public view {
        EntityId ofNobody = _provider.soleEntity(address(0));
        bytes memory nothing = new bytes(65);
        assert(!this.isValid(ofNobody, 0, nothing) && !this.isProof(ofNobody, 0, nothing));
    }

    /// @dev Whatever was done to the signature, both say the same.
    function testFuzz_isValid_saysWhatTheProviderSays(
        bytes32 digest,
        uint8 place,
        uint8 change
    ) public view {
        EntityId lazy = _provider.soleEntity(vm.addr(_keys[0]));
        bytes memory signature = Signing.ecdsa(_keys[0], digest);
        signature[place % 65] ^= bytes1(change);
        bool expected = _provider.isValidEntitySignature(lazy, digest, signature);
        assert(expected == (change == 0));
        assert(this.isValid(lazy, digest, signature) == expected);
        assert(this.isProof(lazy, digest, signature) == expected);

        bytes memory twin = Signing.malleated(_keys[0], digest);
        assert(!this.isValid(lazy, digest, twin) && !this.isProof(lazy, digest, twin));
    }

    // ─── The library, called with signatures in calldata ────────────────────────────────────────

    function isValid(
        EntityId entity,
        bytes32 digest,
        bytes calldata signature
    ) external view returns (bool) {
        return Signatures.isValid(address(_provider), entity, digest, signature);
    }

    function isProof(
        EntityId entity,
        bytes32 digest,
        bytes calldata signature
    ) external view returns (bool valid) {
        bool outgoing;
        (valid, outgoing) = Signatures.isProof(address(_provider), entity, digest, signature);
        assert(!outgoing);
    }

    function isSole(EntityId entity, address member) external view returns (bool) {
        return Signatures.isSole(address(_provider), entity, member);
    }

    function _boardForm(EntityId entity, bytes32 digest) private view returns (bytes memory) {
        bytes32 wrapped = Signing.entityDigest(_provider.domainSeparator(), entity, digest);
        return Signing.boardForm(Signing.board(_keys, 1), 1, Signing.ecdsaOf(_keys, 1, wrapped));
    }
}
