// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Batch,
    Collateral,
    IDepository,
    ProofBody
} from "../../contracts/interfaces/IDepository.sol";
import {Asset, IGate, TokenKind} from "../../contracts/interfaces/IGate.sol";
import {EntityId, TokenId} from "../../contracts/types/Ids.sol";
import {GateWorld} from "./support/GateWorld.sol";
import {Log, Logs} from "./support/Logs.sol";
import {vm} from "./support/Vm.sol";

/// @notice Takes no token: it has no receive hook.
contract Deaf {}

/// @title GateTest
/// @notice What is not fungible comes in, moves, is collateral, and leaves.
contract GateTest is GateWorld {
    function setUp() public {
        _createGateWorld();
    }

    // ─── Names ──────────────────────────────────────────────────────────────────────────────────

    function testFuzz_tokenIdOf_isKindAndHash(address collection, uint256 id) public view {
        assert(gate.tokenIdOf(TokenKind.Erc721, collection, id) == _asset(2, collection, id));
        assert(gate.tokenIdOf(TokenKind.Erc1155, collection, id) == _asset(3, collection, id));
    }

    function test_assetOf_tellsWhatArrived_andItIsSaidOnce() public {
        Logs.start();
        _depositCoins(left, 7, 5);
        Log[] memory named = Logs.take(IGate.AssetNamed.selector);
        assert(named.length == 1 && named[0].topics[1] == TokenId.unwrap(_coin(7)));
        assert(named[0].topics[2] == bytes32(uint256(uint160(address(coins)))));
        (TokenKind kind, uint256 id) = abi.decode(named[0].data, (TokenKind, uint256));
        assert(kind == TokenKind.Erc1155 && id == 7);

        Logs.start();
        _depositCoins(left, 7, 5);
        assert(Logs.take(IGate.AssetNamed.selector).length == 0);
        Asset memory asset = gate.assetOf(_coin(7));
        assert(asset.kind == TokenKind.Erc1155 && asset.collection == address(coins));
        assert(asset.id == 7 && asset.held == 10);
        assert(gate.assetOf(_coin(8)).collection == address(0));
    }

    // ─── Ways in ────────────────────────────────────────────────────────────────────────────────

    function test_depositErc721_creditsOne() public {
        _depositArt(left, 7);
        assert(_has(left, _art(7)) == 1 && art.ownerOf(7) == address(gate));
        assert(gate.kindOf(address(art)) == TokenKind.Erc721 && gate.assetOf(_art(7)).held == 1);
    }

    function test_depositErc1155_creditsTheAmount() public {
        _depositCoins(left, 7, 5);
        _depositCoins(right, 7, 3);
        assert(_has(left, _coin(7)) == 5 && _has(right, _coin(7)) == 3);
        assert(coins.balanceOf(address(gate), 7) == 8 && gate.assetOf(_coin(7)).held == 8);
    }

    function test_safeTransfer_intoAReserve_creditsWhomTheDataNames() public {
        art.mint(address(this), 7);
        art.safeTransferFrom(address(this), address(gate), 7, abi.encode(right.id));
        assert(_has(right, _art(7)) == 1);

        coins.mint(address(this), 9, 5);
        coins.safeTransferFrom(address(this), address(gate), 9, 5, abi.encode(left.id));
        assert(_has(left, _coin(9)) == 5);
    }

    function test_safeBatchTransfer_creditsEach_andOneTwice() public {
        (uint256[] memory ids, uint256[] memory amounts) = (new uint256[](3), new uint256[](3));
        (ids[0], ids[1], ids[2]) = (1, 2, 1);
        (amounts[0], amounts[1], amounts[2]) = (10, 20, 30);
        coins.mint(address(this), 1, 40);
        coins.mint(address(this), 2, 20);
        bytes memory data = abi.encode(left.id);
        coins.safeBatchTransferFrom(address(this), address(gate), ids, amounts, data);
        assert(_has(left, _coin(1)) == 40 && _has(left, _coin(2)) == 20);
    }

    function test_safeTransfer_reverts_whenTheDataNamesNobody() public {
        art.mint(address(this), 7);
        vm.expectRevert(abi.encodeWithSelector(IGate.DataInvalid.selector, 0));
        art.safeTransferFrom(address(this), address(gate), 7);
        vm.expectRevert(abi.encodeWithSelector(IGate.DataInvalid.selector, 33));
        art.safeTransferFrom(
            address(this),
            address(gate),
            7,
            bytes.concat(abi.encode(left.id), hex"00")
        );
        vm.expectRevert(abi.encodeWithSelector(IGate.EntityMissing.selector));
        art.safeTransferFrom(address(this), address(gate), 7, new bytes(32));
        assert(art.ownerOf(7) == address(this));
    }

    function test_deposit_reverts_whenItIsForNobodyOrNothing() public {
        coins.mint(address(this), 7, 1);
        vm.expectRevert(abi.encodeWithSelector(IGate.EntityMissing.selector));
        gate.depositErc1155(EntityId.wrap(0), address(coins), 7, 1);
        bytes memory nothing = abi.encodeWithSelector(
            IDepository.NothingArrived.selector,
            _coin(7),
            0
        );
        vm.expectRevert(nothing);
        gate.depositErc1155(left.id, address(coins), 7, 0);
        vm.expectRevert(abi.encodeWithSelector(IDepository.AmountZero.selector));
        coins.safeTransferFrom(address(this), address(gate), 7, 0, abi.encode(left.id));
    }

    /// @dev Only the caller's own: his approval of the Gate is for nobody else.
    function test_deposit_pullsFromTheCallerOnly() public {
        art.mint(address(this), 7);
        vm.prank(stranger.wallet);
        vm.expectRevert(
            abi.encodeWithSelector(IDepository.TransferFailed.selector, _art(7), address(gate), 1)
        );
        gate.depositErc721(stranger.id, address(art), 7);
    }

    function test_deposit_reverts_whenTheReserveWouldBeNearItsEnd() public {
        uint256 most = type(uint248).max;
        _depositTrick(left, 7, most);
        trick.mint(address(this), 7, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IDepository.AmountTooLarge.selector, _trick1155(7), 1)
        );
        gate.depositErc1155(left.id, address(trick), 7, 1);
    }

    function test_supportsInterface_ofReceivers() public view {
        assert(gate.supportsInterface(0x01ffc9a7));
        assert(gate.supportsInterface(0x150b7a02) && gate.supportsInterface(0x4e2312e0));
        assert(!gate.supportsInterface(0xffffffff));
    }

    // ─── Inside ─────────────────────────────────────────────────────────────────────────────────

    function test_transfer_movesAnNft() public {
        _depositArt(left, 7);
        _runWhole(left, _transferOf(_art(7), right.id, 1));
        assert(_has(left, _art(7)) == 0 && _has(right, _art(7)) == 1);
    }

    /// @dev An NFT is a token of a channel as any other: amounts are integers, and its collateral is 0 or 1.
    function test_finalise_givesAnNft_toWhomTheDeltaSays() public {
        _depositArt(left, 7);
        _runWhole(left, _fundingOf(_art(7), left, right, 1));
        Collateral memory held = depository.collateralOf(left.id, right.id, _art(7));
        assert(held.collateral == 1 && held.ondelta == 1);

        ProofBody memory body = _bodyOf(_art(7), -1);
        _start(left, _proof(1, body));
        _passDeadline();
        depository.finalise(_finaliseOf(body));
        assert(_has(right, _art(7)) == 1 && _has(left, _art(7)) == 0);
        _runWhole(right, _withdrawal(_art(7), OUTSIDE, 1));
        assert(art.ownerOf(7) == OUTSIDE);
    }

    /// @dev Half of one, rounded down, is nothing: fraud costs no NFT.
    function test_finalise_forfeitsNothing_ofAnNft() public {
        _depositArt(left, 7);
        _runWhole(left, _fundingOf(_art(7), left, right, 1));
        ProofBody memory body = _bodyOf(_art(7), 0);
        _start(left, _proof(1, _bodyOf(_art(7), 0)));
        depository.counter(_counterOf(_proof(3, body)));
        _passDeadline();
        depository.finalise(_finaliseOf(body));
        assert(_has(left, _art(7)) == 1);
    }

    /// @dev Whoever promised an NFT that he has not got owes it, and pays when it comes.
    function test_finalise_makesADebtOfAnNft_paidWhenItArrives() public {
        ProofBody memory body = _bodyOf(_art(7), -1);
        _start(left, _proof(1, body));
        _passDeadline();
        depository.finalise(_finaliseOf(body));
        _depositArt(left, 7);
        assert(depository.enforceDebts(left.id, _art(7), 1) == 1);
        assert(_has(right, _art(7)) == 1);
    }

    // ─── The way out ────────────────────────────────────────────────────────────────────────────

    function test_withdraw_givesAnErc721() public {
        _depositArt(left, 7);
        _runWhole(left, _withdrawal(_art(7), OUTSIDE, 1));
        assert(art.ownerOf(7) == OUTSIDE && _has(left, _art(7)) == 0);
        assert(gate.assetOf(_art(7)).held == 0);
    }

    function test_withdraw_givesPartOfAnErc1155() public {
        _depositCoins(left, 7, 5);
        _runWhole(left, _withdrawal(_coin(7), OUTSIDE, 3));
        assert(coins.balanceOf(OUTSIDE, 7) == 3 && _has(left, _coin(7)) == 2);
        assert(gate.assetOf(_coin(7)).held == 2);
    }

    function test_withdraw_letsAnNftComeBack() public {
        _depositArt(left, 7);
        _runWhole(left, _withdrawal(_art(7), address(this), 1));
        gate.depositErc721(right.id, address(art), 7);
        assert(_has(right, _art(7)) == 1);
    }

    function test_withdraw_isSkipped_whenTheReceiverIsDeaf() public {
        address deaf = address(new Deaf());
        _depositArt(left, 7);
        _depositCoins(left, 7, 5);
        _skipsWithdrawal(_art(7), deaf, 1, IDepository.TransferFailed.selector);
        _skipsWithdrawal(_coin(7), deaf, 5, IDepository.TransferFailed.selector);
        assert(art.ownerOf(7) == address(gate));
    }

    /// @dev What stands in the Gate for nobody could not be taken out again.
    function test_withdraw_isSkipped_whenItGoesBackToTheGateOrTheDepository() public {
        _depositArt(left, 7);
        _skipsWithdrawal(_art(7), address(gate), 1, IDepository.TransferFailed.selector);
        _skipsWithdrawal(_art(7), address(depository), 1, IDepository.TransferFailed.selector);
    }

    function test_withdraw_isSkipped_forMoreThanTheReserve() public {
        _depositArt(left, 7);
        _skipsWithdrawal(_art(7), OUTSIDE, 2, IDepository.ReserveExceeded.selector);
        _skipsWithdrawal(_art(8), OUTSIDE, 1, IDepository.ReserveExceeded.selector);
    }

    function test_withdraw_revertsAnAtomicBatch_whenItFails() public {
        _depositArt(left, 7);
        Batch memory batch = _withdrawal(_art(7), address(new Deaf()), 1);
        batch.atomic = true;
        bytes4 reason = IDepository.TransferFailed.selector;
        _runReverting(
            left,
            batch,
            abi.encodeWithSelector(IDepository.BatchItemFailed.selector, 0, reason)
        );
    }

    // ─── Helpers ────────────────────────────────────────────────────────────────────────────────

    function _bodyOf(TokenId id, int128 offdelta) private pure returns (ProofBody memory body) {
        body.tokenIds = new TokenId[](1);
        body.tokenIds[0] = id;
        body.offdeltas = new int128[](1);
        body.offdeltas[0] = offdelta;
    }
}
